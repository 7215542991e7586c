/**
 * `npm run cost`: writes the table of docs/cost.md, from operations that are measured here and from the
 * prices of `prices.json`. With `--check`, it only compares.
 */
import fs from 'node:fs';
import { costTable } from './cost-table.ts';

const FILE = 'docs/cost.md';
const [START, END] = ['<!-- npm run cost -->\n', '<!-- end -->'];

const before = fs.readFileSync(FILE, 'utf8');
const [head = '', rest = ''] = before.split(START);
const tail = rest.slice(rest.indexOf(END));
const after = `${head}${START}${await costTable()}${tail}`;
if (!process.argv.includes('--check')) fs.writeFileSync(FILE, after);
else if (after !== before) throw new Error(`${FILE} is out of date: run npm run cost`);
