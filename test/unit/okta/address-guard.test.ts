import type dns from 'node:dns';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, publicLookup } from '../../../shared/okta/address-guard.ts';

describe('an address', () => {
  it.each(['8.8.8.8', '203.0.114.1', '2607:f8b0:4004:800::200e'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd12::1',
    '::ffff:10.0.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    'not an address',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe("the sockets' look-up", () => {
  const resolvingTo = (...addresses: string[]) =>
    ((_name: string, _options: object, callback: (...args: unknown[]) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )) as unknown as typeof dns.lookup;
  const lookUp = (lookup: typeof dns.lookup) =>
    new Promise<unknown>((resolve) => {
      publicLookup(lookup)('contoso.okta.com', { all: true }, (error, addresses) =>
        resolve(error ?? addresses),
      );
    });

  it('returns the public addresses of a name', async () => {
    expect(await lookUp(resolvingTo('8.8.8.8', '10.0.0.1'))).toEqual([
      { address: '8.8.8.8', family: 4 },
    ]);
  });

  it('refuses a name that leads to private addresses only', async () => {
    expect(await lookUp(resolvingTo('10.0.0.1', '::ffff:169.254.169.254'))).toMatchObject({
      code: 'FORBIDDEN_ADDRESS',
    });
  });
});
