/**
 * The next link of a reply (docs/okta.md, "Next links") and whether it may be followed: the token
 * goes with it, so it must lead to the org's own log and nowhere else (docs/okta.md,
 * "Hosts that may have the token").
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
 * `<target>; parameters, <target>; parameters`: one pass, each character looked at once. Undefined
 * stands for a link that has no end: what was cut off may have been the next one.
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

/** The comma that ends a link, but not one inside a quoted parameter. */
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

/** A relation may be quoted or not, in any case, one of several. The first `rel` counts (RFC 8288 §3.3). */
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
    return refused('the link leads away from the log of this org');
  const absolute = URL.canParse(target);
  return { kind: 'next', url: absolute ? target : url.href };
}

/** The log of one of these hosts (`host`, or `host:port` of a test origin), and nothing else there. */
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
