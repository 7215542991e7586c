/**
 * Keeps pages of other origins from changing anything. A browser sends a foreign page's request with
 * the cookies, and on a local stack with the reach, of whoever looks at that page. Browsers say where
 * a request comes from; programs do not, and are not meant. The rule is that of Go's
 * `http.CrossOriginProtection` (https://pkg.go.dev/net/http#CrossOriginProtection).
 */
import type { Problem } from '../../shared/errors.ts';
import type { Incoming } from './incoming.ts';

const READING = ['GET', 'HEAD', 'OPTIONS'];

/** Whether a request of this method may change anything. */
export const isChange = (method: string): boolean => !READING.includes(method);

/** Why the request is refused, if so. `publicOrigin` is the app's own address. */
export function crossOriginProblem(
  { method, headers, url }: Pick<Incoming, 'method' | 'headers' | 'url'>,
  publicOrigin: string,
): Problem | undefined {
  if (!isChange(method)) return undefined;
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none' ? undefined : REFUSED;
  // Browsers leave the header above out over plain http, but for localhost.
  const origin = headers.get('origin');
  if (origin === null || origin === publicOrigin) return undefined;
  return hostOf(origin) === url.host ? undefined : REFUSED;
}

/** Without the scheme: https ends in front of the app. */
const hostOf = (origin: string): string | undefined => URL.parse(origin)?.host;

const REFUSED: Problem = {
  code: 'CrossOriginRefused',
  message: 'The request comes from a web page of another origin.',
  remedy: 'Open the portal at its own address, or call the API from a program.',
};
