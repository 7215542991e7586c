/** The way that requests to an origin take. */
import { type HttpProxy, isProxied } from '../proxy.ts';

export interface WayRules {
  /** Exact origins that are used as written, including loopback. Development only. */
  testOrigins: ReadonlySet<string>;
  /** The way out of the network, where there is one. */
  proxy?: HttpProxy | undefined;
}

export const wayTo = (url: URL, { testOrigins, proxy }: WayRules) => {
  if (testOrigins.has(url.origin)) return 'asWritten';
  return proxy && isProxied(proxy, url.hostname) ? 'throughProxy' : 'direct';
};

/** The host as sockets take it: an IPv6 address without brackets. */
export const bareHost = ({ hostname }: URL): string => hostname.replace(/^\[(.+)\]$/, '$1');
