/**
 * `npm run infra`: writes what is derived from the Bicep files, after a change of them: the ARM template
 * for those without Bicep, and a snapshot of each variant, for the tests and for whoever reviews.
 */
import fs from 'node:fs';
import { Bicep, bicepCli } from './bicep.ts';
import { derivedFiles, ENVIRONMENT } from './infra-derived.ts';

const cli = bicepCli();
if ('missing' in cli) {
  console.error(cli.missing);
  process.exit(1);
}
const bicep = new Bicep(cli.file, ENVIRONMENT);
for (const { file, contents } of await derivedFiles(bicep)) {
  fs.writeFileSync(file, contents);
  console.log(file);
}
bicep.close();
