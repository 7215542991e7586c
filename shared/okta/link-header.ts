/**
 * The next link of a reply (docs/okta.md, "Next links"), and its validation: the token is sent to
 * it, so it must lead to the org's own log and nowhere else (docs/okta.md, "Hosts that may have the
 * token").
 */
import { LOGS_PATH } from './logs-url.ts';

const MAX_URL_CHARACTERS = 8192;

export type NextLink =
  | { kind: 'none' }
  /** As Okta sent it: not decoded, not normalised. */
  | { kind: 'next'; url: string }
  | { kind: 'refused'; reason: string };

export function parseNextLink(
  header: string | string[] | undefined,
  base: URL,
  allowedHosts: ReadonlySet<string>,
): NextLink {
  for (const value of [header ?? []].flat()) {
    for (const link of links(value)) {
      if (!link) return refused('a link has no end');
      if (isNext(link.parameters)) return check(link.target, base, allowedHosts);
    }
  }
  return { kind: 'none' };
}

/**
 * Parses `<target>; parameters, <target>; parameters` in one linear pass. Undefined for a link
 * without an end: the missing part may have contained the next link.
 */
function* links(value: string): Generator<{ target: string; parameters: string } | undefined> {
  let at = 0;
  for (;;) {
    const open = value.indexOf('<', at);
    const close = open < 0 ? -1 : value.indexOf('>', open);
    if (open < 0) return;
    if (close < 0) return void (yield undefined);
    at = endOfParameters(value, close + 1);
    yield { target: value.slice(open + 1, close), parameters: value.slice(close + 1, at) };
  }
}

/** The index of the comma that ends a link, outside of quoted parameters. */
function endOfParameters(value: string, from: number): number {
  let quoted = false;
  for (let at = from; at < value.length; at++) {
    const character = value[at];
    if (quoted && character === '\\') at++;
    else if (character === '"') quoted = !quoted;
    else if (character === ',' && !quoted) return at;
  }
  return value.length;
}

const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/g;

/**
 * A relation is quoted or not, in any case, in a list of relations. The first `rel` counts (RFC
 * 8288 §3.3).
 */
function isNext(parameters: string): boolean {
  for (const [, name, quoted, bare] of parameters.matchAll(PARAMETER)) {
    if (name?.toLowerCase() !== 'rel') continue;
    return (quoted ?? bare ?? '').toLowerCase().split(/\s+/).includes('next');
  }
  return false;
}

function check(target: string, base: URL, allowedHosts: ReadonlySet<string>): NextLink {
  if (target.length > MAX_URL_CHARACTERS) return refused('the link is too long');
  const url = URL.parse(target, base.href);
  if (!url) return refused('the link is not a URL');
  if (!isLogsUrl(url, base.protocol, allowedHosts))
    return refused('the link does not lead to the log of this org');
  const absolute = URL.canParse(target);
  return { kind: 'next', url: absolute ? target : url.href };
}

/** Whether the URL is the log of one of these hosts (`host`, or `host:port` of a test origin). */
export function isLogsUrl(url: URL, protocol: string, allowedHosts: ReadonlySet<string>): boolean {
  return (
    url.protocol === protocol &&
    allowedHosts.has(url.host) &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === LOGS_PATH
  );
}

const refused = (reason: string): NextLink => ({ kind: 'refused', reason });
