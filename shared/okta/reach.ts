/** Tests the connection to a host step by step: DNS, then TLS. */
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';
import { publicLookup } from './address-guard.ts';
import type { UnreachableReason } from './transport.ts';
import { reasonOf } from './unreachable.ts';

const RESOLVE_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The port for connection tests; a result of undefined means success. */
export interface OktaReach {
  resolve(origin: string): Promise<UnreachableReason | undefined>;
  connect(origin: string): Promise<UnreachableReason | undefined>;
}

/** Test origins are used as written: over http there is a connection without TLS. */
export function createOktaReach(
  testOrigins: ReadonlySet<string>,
  resolver: typeof dns.lookup = dns.lookup,
): OktaReach {
  const lookup = publicLookup(resolver);
  const place = (origin: string) => {
    const { hostname, port, protocol } = new URL(origin);
    const isTest = testOrigins.has(origin);
    return { host: hostname, port: Number(port || 443), secure: protocol === 'https:', isTest };
  };
  return {
    resolve: async (origin) => {
      const { host, isTest } = place(origin);
      if (isTest) return undefined;
      const { promise, resolve } = Promise.withResolvers<UnreachableReason | undefined>();
      const timer = setTimeout(() => resolve('name-service'), RESOLVE_TIMEOUT_MS);
      lookup(host, { all: true }, (error) => {
        clearTimeout(timer);
        resolve(error ? reasonOf(error) : undefined);
      });
      return await promise;
    },
    connect: async (origin) => {
      const { host, port, secure, isTest } = place(origin);
      const { promise, resolve } = Promise.withResolvers<UnreachableReason | undefined>();
      const guard = isTest ? {} : { lookup };
      const socket = secure
        ? tls.connect({ host, port, servername: net.isIP(host) ? '' : host, ...guard })
        : net.connect({ host, port, ...guard });
      const timer = setTimeout(() => resolve('timeout'), CONNECT_TIMEOUT_MS);
      socket.once(secure ? 'secureConnect' : 'connect', () => resolve(undefined));
      socket.on('error', (error) => resolve(reasonOf(error)));
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        socket.destroy();
      }
    },
  };
}
