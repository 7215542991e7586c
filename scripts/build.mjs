/**
 * Bundles every function file into dist/functions, which the development host loads, and the portal page
 * into dist/portal; and fills dist/package, which is deployed to Azure. A bundle loads several times faster than the packages' 10,000 files.
 *
 * Builds and hosts of one checkout can run concurrently. A file is written atomically, and only when its
 * content differs; the build waits for a host that is loading; and an unused chunk is kept while a
 * running host may still load it. Only files of earlier builds are deleted.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { BUILD_LOCK, IN_USE_LOCK } from '../dev/built-functions.ts';
import { lockWithin, tryLock } from '../dev/file-lock.ts';
import { buildPortal } from './build-portal.mjs';
import { deployable } from './deployable.mjs';
import { NODE_BUNDLE } from './node-bundle.ts';

const WAIT_MS = 120_000;
/** Lists the remaining files of earlier builds. */
const MANIFEST = 'built-files.json';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { root: { type: 'string', default: checkout } } });
const root = path.resolve(values.root);
const dist = path.join(root, 'dist');

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: ['functions/*.ts'],
  outbase: 'functions',
  outdir: 'dist/functions',
  chunkNames: '../chunks/[name]-[hash]',
  write: false,
  metafile: true,
  ...NODE_BUNDLE,
  sourcemap: true,
  // The Functions worker injects this module at run time; it is not a package.
  external: ['@azure/functions-core'],
  logLevel: 'warning',
});

const portal = await buildPortal(root);
const made = new Map([
  ...portal.files,
  ...outputFiles.map((file) => [
    path.relative(dist, file.path).replaceAll('\\', '/'),
    file.contents,
  ]),
]);
const isEntry = (name) => name.startsWith('functions/') || name.startsWith('portal/index.');

for (const folder of ['functions', 'chunks', 'portal'])
  fs.mkdirSync(path.join(dist, folder), { recursive: true });
if (!(await lockWithin(WAIT_MS, path.join(dist, BUILD_LOCK), 'exclusive')))
  fail('Another build, or a host that is loading the functions, does not end.');

const earlier = filesOfEarlierBuilds();
for (const file of fs.readdirSync(path.join(dist, 'functions'))) {
  const name = `functions/${file}`;
  if (name.endsWith('.js') && !made.has(name) && !earlier.includes(name))
    fail(`dist/${name} is not from this build, and would be loaded as a function. Remove it.`);
}

write(MANIFEST, JSON.stringify([...new Set([...earlier, ...made.keys()])]));
// A referenced file is written before the file that refers to it.
const chunksFirst = [...made].toSorted(([a], [b]) => Number(isEntry(a)) - Number(isEntry(b)));
for (const [name, contents] of chunksFirst) if (differs(name, contents)) write(name, contents);
const unneeded = earlier.filter((name) => !made.has(name));
for (const name of unneeded) if (isEntry(name)) remove(name);
if (tryLock(path.join(dist, IN_USE_LOCK), 'exclusive')) {
  unneeded.forEach(remove);
  write(MANIFEST, JSON.stringify([...made.keys()]));
}
writePackage(deployable(root, made, [...Object.keys(metafile.inputs), ...portal.inputs]));

/**
 * Writes the folder that is deployed. It contains only the output of the build, and no host loads it.
 */
function writePackage(files) {
  const folder = path.join(dist, 'package');
  fs.mkdirSync(folder, { recursive: true });
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).replaceAll('\\', '/');
    if (!entry.isDirectory() && !files.has(name)) fs.rmSync(file);
  }
  for (const [name, contents] of files) {
    const file = `package/${name}`;
    fs.mkdirSync(path.dirname(path.join(dist, file)), { recursive: true });
    if (differs(file, contents)) write(file, contents);
  }
}

function filesOfEarlierBuilds() {
  try {
    const names = JSON.parse(fs.readFileSync(path.join(dist, MANIFEST), 'utf8'));
    return names.filter((name) => /^(functions|chunks|portal)\/[^/\\]+$/.test(name));
  } catch {
    // Without a readable list, no file is deleted.
    return [];
  }
}

function differs(name, contents) {
  const file = path.join(dist, name);
  return !fs.existsSync(file) || !fs.readFileSync(file).equals(contents);
}

function write(name, contents) {
  const file = path.join(dist, name);
  fs.writeFileSync(`${file}.draft`, contents);
  fs.renameSync(`${file}.draft`, file);
}

function remove(name) {
  fs.rmSync(path.join(dist, name), { force: true });
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
