/** Units of time, and parsing of instants. */
import * as z from 'zod';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** RFC 3339 years have four digits; an offset can move an instant out of that range. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
/** Digits after the millisecond that are not all zero. */
const PART_OF_MILLISECOND = /\.\d{3}0*[1-9]/;

/**
 * An instant of a request in RFC 3339, parsed to epoch milliseconds: the first millisecond that is not
 * before it. A space before the offset is a `+` that a query string was sent without escaping.
 */
export const instant = z
  .string()
  .transform((text) => text.toUpperCase().replace(/ (?=\d\d:\d\d$)/, '+'))
  .pipe(z.iso.datetime({ offset: true }))
  .transform((text) => Date.parse(text) + (PART_OF_MILLISECOND.test(text) ? 1 : 0))
  .pipe(z.number().min(FIRST_MS).max(LAST_MS))
  .meta({
    description: 'an instant in RFC 3339, such as 2026-11-01T00:00:00.000Z',
    override: { type: 'string', format: 'date-time', example: '2026-11-01T00:00:00.000Z' },
  });
