/** `npm run register-app` with a fake Azure CLI, which records its calls. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../../scripts/register-app.ts', import.meta.url));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'az-'));
const stateFile = path.join(folder, 'state.json');
const IDENTITY = '55555555-5555-5555-5555-555555555555';

/** The required commands, with a file in place of Entra ID. */
const AZ = `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
const state = JSON.parse(fs.readFileSync(${JSON.stringify(stateFile)}, 'utf8'));
const option = (name) => args[args.indexOf(name) + 1];
const answer = (value) => { if (value !== undefined) console.log(JSON.stringify(value)); };
state.calls.push(args.slice(0, 4).join(' '));
const command = args.slice(0, args.findIndex((arg) => arg.startsWith('--'))).join(' ');
if (command === 'account show') answer({ tenantId: 'tenant' });
else if (command === 'ad app list') answer(state.apps);
else if (command === 'ad app create') {
  const app = { id: 'object-1', appId: 'client-1', displayName: option('--display-name') };
  state.apps.push(app);
  answer(app);
} else if (command === 'rest') Object.assign(state.patched, { [option('--url')]: JSON.parse(option('--body')) });
else if (command === 'ad sp list') answer(state.accounts);
else if (command === 'ad sp create') { state.accounts.push({ id: 'account-1' }); answer(state.accounts[0]); }
else if (command === 'ad app federated-credential list') answer(state.credentials);
else if (command === 'ad app federated-credential create')
  state.credentials.push({ id: 'credential-1', ...JSON.parse(option('--parameters')) });
else if (command === 'ad app federated-credential update')
  Object.assign(state.credentials[0], JSON.parse(option('--parameters')));
else { console.error('unknown: ' + command); process.exit(2); }
fs.writeFileSync(${JSON.stringify(stateFile)}, JSON.stringify(state));
`;

fs.writeFileSync(path.join(folder, 'az'), AZ, { mode: 0o755 });
afterAll(() => fs.rmSync(folder, { recursive: true }));
const empty = { calls: [], apps: [], patched: {}, accounts: [], credentials: [] };
fs.writeFileSync(stateFile, JSON.stringify(empty));

const state = () => JSON.parse(fs.readFileSync(stateFile, 'utf8'));
async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env.PATH}` };
  return await promisify(execFile)(process.execPath, [SCRIPT, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}
const register = (identity = IDENTITY) =>
  run('--url', 'https://func-contoso.azurewebsites.net/portal', '--identity', identity);

describe.skipIf(process.platform === 'win32')('register-app', () => {
  it('creates a registration with roles, an account, and trust in the identity instead of a secret', async () => {
    const { code, stdout } = await register();
    expect(code).toBe(0);
    expect(stdout).toContain('client id client-1');
    const { patched, credentials } = state();
    const application = patched['https://graph.microsoft.com/v1.0/applications/object-1'];
    expect(application).toMatchObject({
      identifierUris: ['api://client-1'],
      api: { requestedAccessTokenVersion: 2 },
      web: {
        redirectUris: ['https://func-contoso.azurewebsites.net/.auth/login/aad/callback'],
        implicitGrantSettings: { enableIdTokenIssuance: true },
      },
    });
    expect(application.appRoles.map(({ value }: { value: string }) => value)).toEqual(
      ['Reader', 'Operator', 'Admin'].map((role) => `Connector.${role}`),
    );
    expect(patched['https://graph.microsoft.com/v1.0/servicePrincipals/account-1']).toEqual({
      appRoleAssignmentRequired: true,
    });
    expect(credentials).toMatchObject([
      {
        subject: IDENTITY,
        issuer: 'https://login.microsoftonline.com/tenant/v2.0',
        audiences: ['api://AzureADTokenExchange'],
      },
    ]);
  });

  it('changes nothing when it runs again, except for a new identity', async () => {
    const first = state();
    await register();
    const { calls, ...again } = state();
    expect(again).toEqual({ ...first, calls: undefined });
    expect(calls.filter((call: string) => call.includes('create'))).toHaveLength(3);
    const other = IDENTITY.replaceAll('5', '6');
    await register(other);
    expect(state().credentials).toMatchObject([{ id: 'credential-1', subject: other }]);
  });

  it('reports missing input before it calls Azure', async () => {
    const before = state();
    for (const args of [
      [],
      ['--url', 'http://func', '--identity', IDENTITY],
      ['--url', 'https://func'],
    ]) {
      const { code, stderr } = await run(...args);
      expect(code).toBe(1);
      expect(stderr).toContain('npm run register-app -- --url');
    }
    expect(state()).toEqual(before);
  });
});
