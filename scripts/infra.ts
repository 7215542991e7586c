/**
 * `npm run infra`: writes the files that are derived from the Bicep files, after a change of these: the
 * ARM template for users without Bicep, and a snapshot of each variant for tests and reviews.
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
