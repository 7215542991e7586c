/** Sample input outside of the project, read in place if present. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const DIR = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const CASES = fileURLToPath(new URL('../../../shared/cases', import.meta.url));

/** The parsed file; undefined, with a printed reason, when it is absent. Its tests are then skipped. */
export function sharedJson(name: string): any {
  const file = path.join(DIR, name);
  if (fs.existsSync(file)) return JSON.parse(fs.readFileSync(file, 'utf8'));
  console.log(`skipped: ../shared/data/${name} is not there`);
  return undefined;
}

/** Answers as received over the wire; empty, with a printed reason, when they are absent. */
export function sharedCases(): { name: string; bytes: Buffer }[] {
  const names = fs.existsSync(CASES) ? fs.readdirSync(CASES) : [];
  if (names.length === 0) console.log('skipped: ../shared/cases is not there');
  return names
    .filter((name) => name.endsWith('.http'))
    .map((name) => ({ name, bytes: fs.readFileSync(path.join(CASES, name)) }));
}
