/**
 * Refuses changes that a web page of another origin sends through a browser. The browser adds the
 * user's cookies to such a request, and on a local stack it can reach the loopback address.
 * Browsers send the origin of a request; programs do not, and are not affected. The rule is that of
 * Go's `http.CrossOriginProtection` (https://pkg.go.dev/net/http#CrossOriginProtection).
 */
import type { Problem } from '../../shared/errors.ts';
import type { Incoming } from './incoming.ts';

const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request with this method can change data. */
export const isChange = (method: string): boolean => !READING.includes(method);

/** The problem of a refused request, else undefined. `publicOrigin` is the app's own address. */
export function crossOriginProblem(
  { method, headers, url }: Pick<Incoming, 'method' | 'headers' | 'url'>,
  publicOrigin: string,
): Problem | undefined {
  if (!isChange(method)) return undefined;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none' ? undefined : REFUSED;
  // Over plain http, except to localhost, browsers do not send `Sec-Fetch-Site`.
  const origin = headers.get('origin');
  if (origin === null || origin === publicOrigin) return undefined;
  return hostOf(origin) === url.host ? undefined : REFUSED;
}

/** Compares without the scheme: TLS ends in front of the app. */
const hostOf = (origin: string): string | undefined => URL.parse(origin)?.host;

const REFUSED: Problem = {
  code: 'CrossOriginRefused',
  message: 'The request comes from a web page of another origin.',
  remedy: 'Open the portal at its own address, or call the API from a program.',
};
