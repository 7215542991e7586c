/** Cleans texts that users paste: a token from a console, a host name from a table or a chat. */

/** White space and invisible characters at both ends; the latter are removed anywhere. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]/g;
const TAIL = /[,;]+$/;
const QUOTES: readonly [open: string, close: string][] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
  ['<', '>'],
];

/**
 * The text without characters that copying adds and that cannot be part of a token or host name:
 * invisible characters, white space at the ends, a pair of quotes, a trailing comma or semicolon.
 */
export function unwrapped(pasted: string): string {
  let text = pasted.replace(INVISIBLE, '');
  for (let before: string | undefined; before !== text; ) {
    before = text;
    text = text.trim().replace(TAIL, '');
    const isQuoted = QUOTES.some(([open, close]) => text.startsWith(open) && text.endsWith(close));
    if (isQuoted && text.length > 1) text = text.slice(1, -1);
  }
  return text;
}
