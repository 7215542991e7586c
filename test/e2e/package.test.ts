/** The upload of a deployment: complete, and without other files. */
import { execFile, execFileSync, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTRACT_ROWS } from '../support/contract-rows.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { ROOT } from '../support/stack.ts';

const PACKAGE = path.join(ROOT, 'dist', 'package');
const ALLOWED_LICENSES = ['MIT', 'Apache-2.0', 'ISC', 'BSD-3-Clause', '0BSD', 'Unlicense'];

const filesIn = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
const inPackage = (name: string) => fs.readFileSync(path.join(PACKAGE, name), 'utf8');

// Outside of the checkout, from where its packages cannot be resolved.
const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'package-'));
let lab: Lab;

beforeAll(async () => {
  fs.cpSync(PACKAGE, empty, { recursive: true });
  lab = await startLab([], { root: empty });
});
afterAll(async () => {
  await lab.close();
  fs.rmSync(empty, { recursive: true });
});

async function load(root: string): Promise<{ functions: any[]; loaded: string[] }> {
  const child = fork(path.join(ROOT, 'test', 'support', 'list-functions.ts'), [root], {
    env: {
      ...process.env,
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    },
  });
  const [found] = await once(child, 'message');
  return found;
}

describe('the package', () => {
  it('loads every function in a folder without packages', async () => {
    const { functions } = await load(empty);
    const routes = functions
      .filter(({ trigger }) => trigger.type === 'httpTrigger')
      .flatMap(({ trigger }) =>
        trigger.methods.map((method: string) => `${method} /${trigger.route}`),
      );
    const contract = CONTRACT_ROWS.map(({ method, template }) => `${method} ${template}`);
    const page = ['portal/{*asset}', '{nothing:maxlength(0)?}'].flatMap((route) => [
      `GET /${route}`,
      `HEAD /${route}`,
    ]);
    expect(routes.toSorted()).toEqual([...contract, ...page].toSorted());
    const others = functions.filter(({ trigger }) => trigger.type !== 'httpTrigger');
    expect(others.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['poll-timer', 'poll-connector', 'housekeeping', 'connector-work']),
    );
    expect(new Set(others.map(({ trigger }) => trigger.type))).toEqual(
      new Set(['timerTrigger', 'queueTrigger', 'orchestrationTrigger', 'activityTrigger']),
    );
  });

  it('loads OpenTelemetry only when there is something to send', async () => {
    const holdsIt = (file: string) => fs.readFileSync(file, 'utf8').includes('MeterSharedState');
    const { loaded } = await load(empty);
    expect(loaded.length).toBeGreaterThan(20);
    expect(loaded.filter(holdsIt)).toEqual([]);
    const all = filesIn(empty).filter((file) => file.endsWith('.js'));
    expect(all.some((file) => holdsIt(path.join(empty, file)))).toBe(true);
  });

  it('contains code, page, licences and bill of materials, and no source maps', () => {
    const files = filesIn(PACKAGE);
    const top = files.filter((file) => !file.includes(path.sep));
    expect(top).toEqual(['LICENSE', 'host.json', 'licenses.txt', 'package.json', 'sbom.cdx.json']);
    expect(files).toContain(path.join('dist', 'portal', 'index.html'));
    expect(files.filter((file) => /\.(map|ts)$|\.draft$|node_modules/.test(file))).toEqual([]);
    const scripts = files.filter((file) => file.endsWith('.js'));
    expect(scripts.filter((file) => inPackage(file).includes('sourceMappingURL='))).toEqual([]);
    expect(inPackage('host.json')).toBe(fs.readFileSync(path.join(ROOT, 'host.json'), 'utf8'));
  });

  it('names each bundled package with its licence, which permits redistribution', () => {
    const { components } = JSON.parse(inPackage('sbom.cdx.json'));
    const names = components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['@azure/functions', 'durable-functions', 'preact']),
    );
    const licenses = new Set(components.flatMap((one: any) => one.licenses[0].expression));
    expect(
      [...licenses].filter((license) => !ALLOWED_LICENSES.includes(license as string)),
    ).toEqual([]);
    expect(components.filter((one: any) => one.hashes?.[0].alg !== 'SHA-512')).toEqual([]);
    const texts = inPackage('licenses.txt');
    expect(
      components.filter((one: any) => !texts.includes(`${one.name} ${one.version} (`)),
    ).toEqual([]);
  });

  it('becomes a release: one zip with the same files, and its checksum', () => {
    execFileSync(process.execPath, [path.join(ROOT, 'scripts', 'package.mjs')]);
    const { name, version } = JSON.parse(inPackage('package.json'));
    const zip = path.join(ROOT, 'dist', `${name}-${version}.zip`);
    const zipped = unzipSync(fs.readFileSync(zip));
    expect(Object.keys(zipped).toSorted()).toEqual(
      filesIn(PACKAGE)
        .map((file) => file.replaceAll('\\', '/'))
        .toSorted(),
    );
    for (const [file, contents] of Object.entries(zipped))
      expect(Buffer.from(contents).equals(fs.readFileSync(path.join(PACKAGE, file)))).toBe(true);
    const sum = createHash('sha256').update(fs.readFileSync(zip)).digest('hex');
    expect(fs.readFileSync(`${zip}.sha256`, 'utf8')).toBe(`${sum}  ${path.basename(zip)}\n`);
  });
});

describe('the smoke check', () => {
  const KEY = 'key-of-the-tests';
  async function smoke(url: string, key: string) {
    const script = path.join(ROOT, 'scripts', 'smoke.ts');
    const env = { ...process.env, CONNECTOR_KEY: key };
    const child = execFile(process.execPath, [script, url, '--within', '60'], { env });
    let output = '';
    child.stdout?.on('data', (text: string) => {
      output += text;
    });
    const [code] = await once(child, 'close');
    return { code, faults: output.split('\n').filter((line) => line.startsWith('FAILED')) };
  }

  it('accepts the package, which runs alone', async () => {
    const host = await lab.startHost({ LOCAL_FUNCTION_KEY: KEY });
    expect(await smoke(host.url, KEY)).toEqual({ code: 0, faults: [] });
  });

  it('detects an app that admits every caller', async () => {
    const open = await lab.startHost();
    const { code, faults } = await smoke(open.url, '');
    expect(code).toBe(1);
    expect(faults).toEqual([
      expect.stringContaining('it refuses a caller without a key: answered 200, not 401'),
    ]);
  });
});
