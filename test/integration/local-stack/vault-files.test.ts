/** The local vault with files that a kill or a user has damaged. */
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LocalVault, startVault } from '../../../dev/vault/server.ts';
import { tempDir } from '../../support/stack.ts';

const dataDir = tempDir('vault-files');
const folder = path.join(dataDir, 'vault');
let vault: LocalVault | undefined;
let told: string[] = [];

/** Starts, or restarts, the vault with the files. */
async function start(): Promise<void> {
  await vault?.close();
  told = [];
  vault = await startVault({ dataDir, tell: (line) => told.push(line) });
}

beforeAll(async () => {
  await start();
  expect((await ask('PUT', 'whole')).status).toBe(200);
});
afterEach(() => fs.rmSync(path.join(folder, 'secrets', 'cut.json'), { force: true }));
afterAll(async () => {
  await vault?.close();
  fs.rmSync(dataDir, { recursive: true });
});

async function ask(method: string, name: string, token = identityToken()) {
  return await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const ca = fs.readFileSync(vault?.certificateFile ?? '', 'utf8');
    const headers = { authorization: `Bearer ${token}` };
    const url = `${vault?.url}/secrets/${name}?api-version=7.6`;
    const request = https.request(url, { method, headers, ca, agent: false }, async (response) => {
      const chunks = await response.toArray();
      resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
    });
    request.once('error', reject).end(method === 'PUT' ? '{"value":"kept"}' : undefined);
  });
}
const identityToken = () => fs.readFileSync(path.join(folder, 'identity-token'), 'utf8');

describe('a file without a valid secret', () => {
  it.each(['', '{"name":"cut","vers', '{"name":"cut"}', '[]'])('such as %j', async (text) => {
    const file = path.join(folder, 'secrets', 'cut.json');
    fs.writeFileSync(file, text);
    await start();
    expect(told).toEqual([
      `${file} holds no secret. Remove it, and give its connector the token again`,
    ]);
    const cut = await ask('GET', 'cut');
    expect(cut.status).toBe(500);
    expect(cut.body).not.toContain(folder);
    expect((await ask('GET', 'whole')).status).toBe(200);
    expect(JSON.parse((await ask('GET', '')).body).value).toHaveLength(1);
  });
});

describe('a truncated identity token', () => {
  it.each(['', 'abc'])('such as "%s" admits no caller, and is replaced', async (text) => {
    fs.writeFileSync(path.join(folder, 'identity-token'), text);
    await start();
    expect((await ask('GET', 'whole', text)).status).toBe(401);
    expect((await ask('GET', 'whole')).status).toBe(200);
  });
});

describe('the certificate', () => {
  it.each(['certificate.pem', 'key.pem'])('is replaced when %s was truncated', async (name) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').slice(0, 200));
    await start();
    expect((await ask('GET', 'whole')).status).toBe(200);
  });

  it('is kept while it is complete', async () => {
    const serial = () =>
      new X509Certificate(fs.readFileSync(path.join(folder, 'certificate.pem'))).serialNumber;
    const before = serial();
    await start();
    expect(serial()).toBe(before);
  });
});
