/**
 * Reads query parameters by their schema (docs/contract.md, "Fields and parameters"), and builds links
 * to the next page.
 */
import type { z } from 'zod';
import type { Config } from '../../shared/config.ts';
import { ProblemError } from '../../shared/errors.ts';
import type { Incoming } from './incoming.ts';
import { ruleOf } from './rules.ts';

/**
 * Each parameter at most once: repeated parameters are refused, unknown parameters are ignored. The
 * host joins repeats with a comma (docs/azure.md, "Repeated query parameters"), so the request's
 * own URL is read.
 */
export function readQuery<Q extends z.ZodObject>(request: Incoming, schema: Q): z.output<Q> {
  const given = request.url.searchParams;
  const values: Record<string, string> = {};
  for (const name of Object.keys(schema.shape)) {
    const [value, ...more] = given.getAll(name);
    if (more.length > 0) throw refused(name, 'is given more than once', 'Send the parameter once.');
    if (value !== undefined) values[name] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const target = String(parsed.error.issues[0]?.path[0] ?? 'query');
  const what = target in values ? 'is not allowed' : 'is missing';
  throw refused(target, what, `Send ${ruleOf(schema, target) ?? 'another value'}.`);
}

/**
 * The same request with some parameters changed, on the public origin; `code`, the key, is left
 * out.
 */
export function nextLink(
  request: Incoming,
  { publicOrigin }: Config,
  changes: Record<string, string>,
): string {
  const { pathname, search } = request.url;
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
