/**
 * The content of a deployment: the complete folder that the Functions host loads. No packages are
 * installed in Azure, and source maps are left out.
 */
import fs from 'node:fs';
import path from 'node:path';
import { billOfMaterials, bundledPackages, licenseTexts } from './bundled-packages.mjs';

/**
 * The files by name: the files of `dist` in `made`, and the files that describe them. `inputs` are the
 * inputs of the bundles.
 */
export function deployable(root, made, inputs) {
  const read = (name) => fs.readFileSync(path.join(root, name));
  const { name, version, license, engines, type, main } = JSON.parse(read('package.json'));
  const packages = bundledPackages(root, inputs);
  const describing = {
    'host.json': read('host.json'),
    'package.json': json({ name, version, license, engines, type, main }),
    'licenses.txt': Buffer.from(licenseTexts('The app contains these packages.', packages)),
    'sbom.cdx.json': json(billOfMaterials({ name, version, license }, packages)),
    ...(fs.existsSync(path.join(root, 'LICENSE')) && { LICENSE: read('LICENSE') }),
  };
  const code = [...made]
    .filter(([file]) => !file.endsWith('.map'))
    .map(([file, contents]) => [`dist/${file}`, withoutMap(file, contents)]);
  return new Map([...Object.entries(describing), ...code]);
}

const json = (value) => Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);

function withoutMap(file, contents) {
  if (!file.endsWith('.js')) return contents;
  return Buffer.from(
    Buffer.from(contents)
      .toString('utf8')
      .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'),
  );
}
