import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loopbackWithoutProxy, trustBoth } from '../../../dev/environment.ts';

describe('the loopback addresses', () => {
  it.each(['HTTP_PROXY', 'https_proxy', 'ALL_PROXY'])('bypass %s', (name) => {
    expect(loopbackWithoutProxy({ [name]: 'http://proxy:3128' })).toEqual({
      NO_PROXY: '127.0.0.1,localhost,::1',
    });
  });

  it.each([
    [{ NO_PROXY: '.corp' }, { NO_PROXY: '.corp,127.0.0.1,localhost,::1' }],
    [{ no_proxy: 'localhost, .corp' }, { no_proxy: 'localhost,.corp,127.0.0.1,::1' }],
    [
      { NO_PROXY: 'a', no_proxy: 'b' },
      { NO_PROXY: 'a,127.0.0.1,localhost,::1', no_proxy: 'b,127.0.0.1,localhost,::1' },
    ],
    [{ NO_PROXY: '*' }, { NO_PROXY: '*' }],
  ])('are added to %j', (given, expected) => {
    expect(loopbackWithoutProxy({ HTTPS_PROXY: 'http://proxy:3128', ...given })).toEqual(expected);
  });

  it('require no setting without a proxy', () => {
    expect(loopbackWithoutProxy({ NO_PROXY: '.corp', HTTP_PROXY: '' })).toEqual({});
  });
});

describe('the trusted certificates', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'trust-'));
  const file = path.join(dir, 'trusted.pem');
  const vaults = path.join(dir, 'vault.pem');
  fs.writeFileSync(vaults, 'VAULT');
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  it("are the user's and the vault's", () => {
    fs.writeFileSync(path.join(dir, 'corp.pem'), 'CORP');
    expect(trustBoth(path.join(dir, 'corp.pem'), vaults, file)).toBeUndefined();
    expect(fs.readFileSync(file, 'utf8').split('\n')).toEqual(['CORP', 'VAULT']);
  });

  it("are only the vault's, with a message, when the user's cannot be read", () => {
    const missing = path.join(dir, 'missing.pem');
    expect(trustBoth(missing, vaults, file)).toContain(`${missing} cannot be read (ENOENT)`);
    expect(fs.readFileSync(file, 'utf8').trim()).toBe('VAULT');
  });
});
