/** Loads every function file of the folder in argv in the same way as the worker, and reports the seconds. */
import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const files = globSync(path.join(process.argv[2] ?? '', 'dist', 'functions', '*.js'));
if (files.length === 0) throw new Error('there is no bundle: npm run build');
const startedAtMs = performance.now();
for (const file of files) await import(pathToFileURL(file).href);
process.send?.((performance.now() - startedAtMs) / 1000, () => process.exit());
