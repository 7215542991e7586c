/** The packages in a bundle, for its recipients: licences, and a bill of materials. */
import fs from 'node:fs';
import path from 'node:path';

/** The packages that the inputs of a bundle (esbuild's `metafile`) come from, by name; each once. */
export function bundledPackages(root, inputs) {
  const folders = inputs.map((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]);
  const locked = lockedPackages(root);
  const found = [...new Set(folders.filter(Boolean))]
    .map((folder) => {
      const at = path.join(root, folder);
      const { name, version, license } = JSON.parse(
        fs.readFileSync(path.join(at, 'package.json'), 'utf8'),
      );
      const files = fs.readdirSync(at).filter((file) => /^(?:licen[cs]e|notice)/i.test(file));
      const texts = files.map((file) => fs.readFileSync(path.join(at, file), 'utf8').trim());
      const within = folder.slice(folder.indexOf('node_modules/'));
      const id = `${name}@${version}`;
      return { id, name, version, license, texts, integrity: locked[within]?.integrity };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  // Several packages may include the same dependency.
  return found.filter(({ id }, n) => id !== found[n - 1]?.id);
}

function lockedPackages(root) {
  const file = path.join(root, 'package-lock.json');
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).packages : {};
}

/** The licences require that their texts are included in copies. */
export function licenseTexts(introduction, packages) {
  const texts = packages.map(({ name, version, license, texts }) =>
    [`${name} ${version} (${license})`, ...texts].join('\n\n'),
  );
  return `${introduction}\n\n${texts.join(`\n\n${'-'.repeat(40)}\n\n`)}\n`;
}

/** A software bill of materials (https://cyclonedx.org/docs/1.6/json/); the same for the same packages. */
export function billOfMaterials({ name, version, license }, packages) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component('application', { name, version, license }) },
    components: packages.map((one) => component('library', one)),
  };
}

function component(type, { name, version, license, integrity }) {
  const purl = `pkg:npm/${name?.replace('@', '%40')}@${version}`;
  const hash = /^sha512-(.+)$/.exec(integrity ?? '')?.[1];
  return {
    type,
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: [{ expression: license }],
    ...(hash && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }],
    }),
  };
}
