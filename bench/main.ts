/** `npm run bench`: all promised figures, compared with other clients, in one run. */
import { parseArgs } from 'node:util';
import { asTable } from './report.ts';
import { measureAll } from './rows.ts';
import { FULL, QUICK } from './scale.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
  },
});
const rows = await measureAll(values.quick ? QUICK : FULL, (doing) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${doing}`);
  else process.stderr.write(`${doing}\n`);
});
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
console.log(values.json ? JSON.stringify(rows, null, 2) : asTable(rows));
