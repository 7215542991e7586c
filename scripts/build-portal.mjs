/**
 * Builds the portal page: one script, one style sheet and one icon, whose names hold the hash of
 * their content, and the document that loads them. Each file is also made in Brotli and gzip, since
 * the Functions host compresses nothing (docs/azure.md, "Compression").
 */
import fs from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { bundledPackages, licenseTexts } from './bundled-packages.mjs';
import { errorCatalogue } from './error-catalogue.mjs';
import { fluentTokens } from './fluent-tokens.mjs';

const BASE = '/portal/';

/** The files by name, and the inputs of the bundle. Empty when `root` has no page. */
export async function buildPortal(root) {
  const source = path.join(root, 'portal');
  if (!fs.existsSync(path.join(source, 'index.html'))) return { files: new Map(), inputs: [] };
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { portal: 'portal/main.tsx', icon: 'portal/icon.svg' },
    outdir: 'dist/portal',
    entryNames: '[name].[hash]',
    assetNames: '[name].[hash]',
    loader: { '.svg': 'copy' },
    write: false,
    bundle: true,
    minify: true,
    metafile: true,
    platform: 'browser',
    // The first browsers with `light-dark()`, `popover` and `Promise.withResolvers`.
    target: ['chrome125', 'edge125', 'firefox129', 'safari18'],
    format: 'esm',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: [fluentTokens(source), errorCatalogue(root)],
    logLevel: 'warning',
  });
  const made = new Map(outputFiles.map((file) => [path.basename(file.path), file.contents]));
  const named = (ending) => BASE + [...made.keys()].find((name) => name.endsWith(ending));
  const document = fs
    .readFileSync(path.join(source, 'index.html'), 'utf8')
    .replace('%SCRIPT%', named('.js'))
    .replace('%STYLE%', named('.css'))
    .replace('%ICON%', named('.svg'));
  const inputs = [...Object.keys(metafile.inputs), 'node_modules/@fluentui/tokens/'];
  const packages = bundledPackages(root, inputs);
  made.set(
    'licenses.txt',
    Buffer.from(licenseTexts('The portal page contains these packages.', packages)),
  );
  made.set('index.html', Buffer.from(document));
  const files = new Map([...made].flatMap(([name, contents]) => inEachEncoding(name, contents)));
  return { files, inputs };
}

function inEachEncoding(name, contents) {
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  return [
    [`portal/${name}`, contents],
    [`portal/${name}.br`, brotliCompressSync(contents, quality)],
    [`portal/${name}.gz`, gzipSync(contents, { level: 9 })],
  ];
}
