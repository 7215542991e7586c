/** Looks for the fault on the way to a host, step by step: its name, then a secure connection. */
import net from 'node:net';
import tls from 'node:tls';
import { publicLookup } from './address-guard.ts';
import type { UnreachableReason } from './transport.ts';
import { reasonOf } from './unreachable.ts';

const TIMEOUT_MS = 5_000;

/** The port; undefined when the step worked. */
export interface OktaReach {
  resolve(origin: string): Promise<UnreachableReason | undefined>;
  connect(origin: string): Promise<UnreachableReason | undefined>;
}

/** Test origins are reached as written: over http there is a connection, but no TLS. */
export function createOktaReach(testOrigins: ReadonlySet<string>): OktaReach {
  const lookup = publicLookup();
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
      lookup(host, { all: true }, (error) => resolve(error ? reasonOf(error) : undefined));
      return await promise;
    },
    connect: async (origin) => {
      const { host, port, secure, isTest } = place(origin);
      const { promise, resolve } = Promise.withResolvers<UnreachableReason | undefined>();
      const guard = isTest ? {} : { lookup };
      const socket = secure
        ? tls.connect({ host, port, servername: net.isIP(host) ? '' : host, ...guard })
        : net.connect({ host, port, ...guard });
      socket.setTimeout(TIMEOUT_MS, () => resolve('timeout'));
      socket.once(secure ? 'secureConnect' : 'connect', () => resolve(undefined));
      socket.on('error', (error) => resolve(reasonOf(error)));
      try {
        return await promise;
      } finally {
        socket.destroy();
      }
    },
  };
}
