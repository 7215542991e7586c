/** Query parameters as the contract reads them (api.md §1), and links to the next page. */
import type { HttpRequest } from '@azure/functions';
import type { Config } from '../../shared/config.ts';
import { ProblemError } from '../../shared/errors.ts';

/**
 * One parameter, at most once: repeated ones are refused. The host joins repeats with a comma before
 * we see them (facts/azure.md §9), so the request's own URL is read.
 */
export function query(request: HttpRequest, name: string): string | undefined {
  const values = new URL(request.url).searchParams.getAll(name);
  if (values.length > 1) throw refused(name, 'is given more than once', 'Send the parameter once.');
  return values[0];
}

export function pageSize(
  request: HttpRequest,
  { max, unset }: { max: number; unset: number },
): number {
  const text = query(request, 'top');
  if (text === undefined) return unset;
  const top = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (top < 1 || top > max)
    throw refused('top', 'is not allowed', `Send a whole number from 1 to ${max}.`);
  return top;
}

/** A parameter that is `true` or `false`; false when it is left out. */
export function flag(request: HttpRequest, name: string): boolean {
  const text = query(request, name);
  if (text !== undefined && text !== 'true' && text !== 'false')
    throw refused(name, 'is not allowed', 'Send true or false.');
  return text === 'true';
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** An instant in epoch milliseconds. */
export function instant(request: HttpRequest, name: string): number | undefined {
  const text = query(request, name);
  if (text === undefined) return undefined;
  const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw refused(name, 'is not an instant', 'Send RFC 3339, such as 2026-11-01T00:00:00.000Z.');
  return ms;
}

/** The same request with some parameters changed, on the public origin; `code`, the key, is left out. */
export function nextLink(
  request: HttpRequest,
  { publicOrigin }: Config,
  changes: Record<string, string>,
): string {
  const { pathname, search } = new URL(request.url);
  const link = new URL(`${publicOrigin}${pathname}${search}`);
  link.searchParams.delete('code');
  for (const [name, value] of Object.entries(changes)) link.searchParams.set(name, value);
  return link.href;
}

export const refused = (target: string, what: string, remedy: string): ProblemError =>
  new ProblemError({
    code: 'InvalidRequest',
    message: `The parameter ${target} ${what}.`,
    target,
    remedy,
  });
