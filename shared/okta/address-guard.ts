/**
 * Keeps requests off addresses that are not the public internet (docs/okta.md,
 * "Public addresses only"): whatever a name resolves to is checked in the socket's own look-up, so
 * that there is no moment between check and use.
 */
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Azure's platform address: metadata, DNS and more for every virtual machine. */
const AZURE_WIRE_SERVER = '168.63.129.16';

export class ForbiddenAddressError extends Error {
  readonly code = 'FORBIDDEN_ADDRESS';
}

/** True for ordinary public unicast addresses and nothing else. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  // `process` turns ::ffff:10.0.0.1 into the IPv4 address that it means.
  const address = ipaddr.process(text);
  return address.range() === 'unicast' && address.toString() !== AZURE_WIRE_SERVER;
}

/** A look-up for sockets that gives out public addresses only. */
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
