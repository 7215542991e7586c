/** The route of requests to an origin: direct, or through the proxy. */
import { type HttpProxy, isProxied } from '../proxy.ts';

export interface WayRules {
  /** Exact origins that are used as written, including loopback. Development only. */
  testOrigins: ReadonlySet<string>;
  /** The outbound proxy, if one is configured. */
  proxy?: HttpProxy | undefined;
}

export const wayTo = (url: URL, { testOrigins, proxy }: WayRules) => {
  if (testOrigins.has(url.origin)) return 'asWritten';
  return proxy && isProxied(proxy, url.hostname) ? 'throughProxy' : 'direct';
};

/** The host in the format of sockets: an IPv6 address without brackets. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[(.+)\]$/, '$1');
