/**
 * Text of an event as it can be shown: an attacker writes it. Control characters, and characters
 * that turn the direction of the text round them, are shown as escapes.
 */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;
const LONGEST = 200;

const escaped = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

export const visible = (text: string): string => text.replace(HIDDEN, escaped);

/** One value in a table: cut where it is long; the raw event has all of it. */
export function plainText(value: string | number | boolean | null | undefined): string {
  const text = visible(String(value ?? ''));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** JSON text with its line breaks: every other hidden character is shown as an escape. */
export const visibleLines = (text: string): string =>
  text
    .split(/\r\n|\n/)
    .map(visible)
    .join('\n');
