/** Provides the table of docs/errors.md as a module of the portal page. */
import fs from 'node:fs';
import path from 'node:path';

/** An esbuild plugin that provides the module `error-catalogue`. */
export const errorCatalogue = (root) => ({
  name: 'error-catalogue',
  setup(build) {
    build.onResolve({ filter: /^error-catalogue$/ }, ({ path }) => ({ path, namespace: 'errors' }));
    build.onLoad({ filter: /.*/, namespace: 'errors' }, () => ({
      contents: `export const CATALOGUE = ${JSON.stringify(readRows(root))};`,
    }));
  },
});

const readRows = (root) => rowsOf(fs.readFileSync(path.join(root, 'docs/errors.md'), 'utf8'));

/** The page does not render Markdown: the marks of code, emphasis and links are removed. */
const plain = (cell) =>
  cell
    .trim()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[`*]/g, '');

const rowsOf = (markdown) =>
  markdown
    .split('\n')
    .filter((line) => /^\| `\w+`.*? \| \d{3}/.test(line))
    .map((line) => line.split('|').slice(1, -1).map(plain))
    .flatMap(([codes, _status, _retryable, _needsOperator, happened, remedy]) =>
      codes.split(', ').map((code) => [code, happened, remedy]),
    );
