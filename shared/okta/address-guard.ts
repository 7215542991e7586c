/**
 * Blocks requests to addresses that are not on the public internet (docs/okta.md, "Public addresses
 * only"). The socket's own look-up checks the resolved addresses, so they cannot change between
 * check and use.
 */
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Azure's platform address, which serves metadata, DNS and more to every virtual machine. */
const AZURE_WIRE_SERVER = '168.63.129.16';

export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
}

/** True for ordinary public unicast addresses only. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // `process` converts ::ffff:10.0.0.1 to its IPv4 address.
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && address.toString() !== AZURE_WIRE_SERVER;
}

/** A look-up for sockets that returns public addresses only. */
export function publicLookup(lookup: typeof dns.lookup = dns.lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (!first) {
        const refused = new ForbiddenAddressError('the name resolves to no public address');
        return callback(refused, '', 0);
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * For a name that a proxy will look up: rejects when this computer resolves it to private addresses
 * only. A name that only the proxy can look up is accepted.
 */
export async function refusePrivateName(
  hostname: string,
  lookup: typeof dns.lookup = dns.lookup,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  publicLookup(lookup)(hostname, { all: true }, (error) => {
    if (error instanceof ForbiddenAddressError) reject(error);
    else resolve();
  });
  await promise;
}
