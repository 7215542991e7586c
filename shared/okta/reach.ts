/** Tests the connection to a host step by step: proxy, DNS, then TLS. */
import dns from 'node:dns';
import net from 'node:net';
import tls from 'node:tls';
import { publicLookup } from './address-guard.ts';
import type { UnreachableReason } from './transport.ts';
import { openTunnel } from './tunnel.ts';
import { reasonOf } from './unreachable.ts';
import { bareHost, type WayRules, wayTo } from './way.ts';

const RESOLVE_TIMEOUT_MS = 3_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** The port for connection tests; a result of undefined means success. */
export interface OktaReach {
  /** Whether requests to this origin go through a proxy. */
  isProxied(origin: string): boolean;
  /** Whether the proxy connects to the origin. */
  tunnel(origin: string): Promise<UnreachableReason | undefined>;
  resolve(origin: string): Promise<UnreachableReason | undefined>;
  connect(origin: string): Promise<UnreachableReason | undefined>;
}

/** A test origin over http has a connection without TLS. */
export interface ReachOptions extends WayRules {
  resolver?: typeof dns.lookup;
  /** Certificate authority for tests; the default is the system's. */
  ca?: string;
}

export function createOktaReach(options: ReachOptions): OktaReach {
  const { proxy, resolver = dns.lookup } = options;
  const lookup = publicLookup(resolver);
  const place = (origin: string) => {
    const url = new URL(origin);
    const way = wayTo(url, options);
    return {
      host: bareHost(url),
      port: Number(url.port || 443),
      secure: url.protocol === 'https:',
      isTest: way === 'asWritten',
      through: way === 'throughProxy' ? proxy : undefined,
    };
  };

  return {
    isProxied: (origin) => place(origin).through !== undefined,
    tunnel: async (origin) => {
      const { host, port, through } = place(origin);
      const socket = through && (await openTunnel(through, host, port, CONNECT_TIMEOUT_MS));
      if (typeof socket === 'string') return socket;
      socket?.destroy();
      return undefined;
    },
    resolve: async (origin) => {
      const { host, isTest, through } = place(origin);
      if (isTest) return undefined;
      const { promise, resolve } = Promise.withResolvers<UnreachableReason | undefined>();
      const timer = setTimeout(() => resolve('name-service'), RESOLVE_TIMEOUT_MS);
      lookup(host, { all: true }, (error) => {
        clearTimeout(timer);
        resolve(error ? reasonOf(error) : undefined);
      });
      const reason = await promise;
      // Behind a proxy only the proxy's own look-up matters, unless this computer resolves the name to
      // a private address.
      return through && reason !== 'private-address' ? undefined : reason;
    },
    connect: async (origin) => {
      const { host, port, secure, isTest, through } = place(origin);
      const tunnel = through && (await openTunnel(through, host, port, CONNECT_TIMEOUT_MS));
      if (typeof tunnel === 'string') return tunnel;
      const { promise, resolve } = Promise.withResolvers<UnreachableReason | undefined>();
      const guard = isTest ? {} : { lookup };
      const to = tunnel ? { socket: tunnel } : { host, port, ...guard };
      const trusted = options.ca ? { ca: options.ca } : {};
      const socket = secure
        ? tls.connect({ ...to, ...trusted, servername: net.isIP(host) ? '' : host })
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
