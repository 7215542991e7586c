/**
 * An HTTP request as the host forwarded it. Functions read this and never the library's
 * `HttpRequest`, whose headers and route parameters come from the host's binding data. Query
 * parameters and fields of a JSON body overwrite entries there, so a caller could set any header,
 * even the principal that App Service Authentication provides
 * (docs/adr/0005-what-a-request-says.md).
 */
import type { HttpRequest } from '@azure/functions';
import { exchangeOf } from './exchanges.ts';

export interface Incoming {
  method: string;
  /** The requested path and query, with the host that the caller used. */
  url: URL;
  headers: Headers;
  /** Route parameters, taken from the path alone. */
  params: Record<string, string | undefined>;
  /** Null for a request without a body. */
  body: AsyncIterable<Uint8Array> | null;
}

/**
 * `template` is the route's path, such as `api/connectors/{id}`. Throws when the caller has closed
 * the connection, or when the forwarded request cannot be found: there is no safe fallback.
 */
export function incoming(request: HttpRequest, invocationId: string, template: string): Incoming {
  const exchange = exchangeOf(invocationId);
  if (!exchange) throw new Error('the forwarded request was not found');
  const url = new URL(request.url);
  return {
    method: request.method,
    url,
    headers: headersOf(exchange.request.headers),
    params: pathParameters(template, url.pathname),
    body: request.body,
  };
}

function headersOf(sent: NodeJS.Dict<string | string[]>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(sent))
    if (value !== undefined) headers.set(name, String(value));
  return headers;
}

/** The path has matched the template already. An encoded slash stays encoded, as in the host. */
export function pathParameters(template: string, path: string): Record<string, string> {
  const segments = path.replace(/^\//, '').split('/');
  const named = template.split('/').map((part, at) => {
    const [, name] = /^\{(\w+)\}$/.exec(part) ?? [];
    const value = segments[at];
    return name === undefined || value === undefined ? [] : [[name, decoded(value)] as const];
  });
  return Object.fromEntries(named.flat());
}

const decoded = (segment: string): string =>
  segment
    .split(/(%2f)/i)
    .map((part) => (/^%2f$/i.test(part) ? part : decodedPart(part)))
    .join('');

function decodedPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
