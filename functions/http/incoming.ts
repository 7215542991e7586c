/**
 * An HTTP request as the host forwarded it. Functions read this and never the library's `HttpRequest`,
 * whose headers and route parameters come from the host's binding data: query parameters and fields
 * of a JSON body stand there under the same names, so a caller could write any header, the one that
 * App Service Authentication vouches for included (docs/adr/0005-what-a-request-says.md).
 */
import type { HttpRequest } from '@azure/functions';
import { exchangeOf } from './exchanges.ts';

export interface Incoming {
  method: string;
  /** The path and query as they were asked for. Its host is what the caller asked by. */
  url: URL;
  headers: Headers;
  /** From the path alone. */
  params: Record<string, string | undefined>;
  /** Null when there is none. */
  body: AsyncIterable<Uint8Array> | null;
}

/**
 * `template` is the route's path, such as `api/connectors/{id}`. Throws when the caller has left, or
 * when the request that the host forwarded cannot be found: nothing else may stand in for it.
 */
export function incoming(request: HttpRequest, invocationId: string, template: string): Incoming {
  const exchange = exchangeOf(invocationId);
  if (!exchange) throw new Error('the forwarded request is not there (or no longer)');
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

/** The path has matched the template already; an encoded slash stays encoded, as the host has it. */
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
