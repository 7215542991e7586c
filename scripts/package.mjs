/** `npm run package`: dist/package as one zip for a release, and its checksum. The same files give the same zip. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const folder = path.join(dist, 'package');
const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));

/** A file that its owner may write and all may read, as `zip` on Unix writes it. */
const UNIX_FILE = { os: 3, attrs: 0o100644 << 16, mtime: new Date(1980, 0, 1) };

const files = fs
  .readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
  .toSorted();
const zipped = zipSync(
  Object.fromEntries(
    files.map((file) => [
      file.replaceAll('\\', '/'),
      [fs.readFileSync(path.join(folder, file)), UNIX_FILE],
    ]),
  ),
  { level: 9 },
);

const zip = `${name}-${version}.zip`;
fs.writeFileSync(path.join(dist, zip), zipped);
const sum = createHash('sha256').update(zipped).digest('hex');
fs.writeFileSync(path.join(dist, `${zip}.sha256`), `${sum}  ${zip}\n`);
fs.copyFileSync(
  path.join(folder, 'sbom.cdx.json'),
  path.join(dist, `${name}-${version}.sbom.cdx.json`),
);
console.log(`dist/${zip}: ${files.length} files, ${zipped.length} bytes, sha256 ${sum}`);
