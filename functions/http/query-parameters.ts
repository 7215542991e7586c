/**
 * The query parameters of the contract (docs/contract.md, "Fields and parameters", "Events"). A
 * description names the allowed values, for error messages and the OpenAPI document.
 */
import * as z from 'zod';
import { instant } from '../../shared/time.ts';
import { refused } from './read-query.ts';

export const pageSize = (max: number, unset: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.int().min(1).max(max))
    .default(unset)
    .meta({
      description: `a whole number from 1 to ${max}`,
      override: { type: 'integer', minimum: 1, maximum: max, default: unset },
    });

export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .meta({ description: 'true or false' });

/** One of these words, in any case. */
export const oneOf = <T extends string>(words: readonly T[]) =>
  z
    .string()
    .transform((text, context): T => {
      const known = words.find((word) => word.toLowerCase() === text.toLowerCase());
      if (known === undefined) context.addIssue({ code: 'custom' });
      return known ?? z.NEVER;
    })
    .meta({
      description: `one of ${words.join(', ')}, in any case`,
      override: { type: 'string', enum: [...words] },
    });

/** The end of a range, exclusive. */
export const rangeEnd = instant.meta({
  description: 'an instant in RFC 3339, later than from',
  override: { type: 'string', format: 'date-time', example: '2026-12-01T00:00:00.000Z' },
});

/** When both are given, the end of a range must be later than its start. */
export function refuseEmptyRange(fromMs: number | undefined, toMs: number | undefined): void {
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
    throw refused('from', 'is not before to', 'Send a from that is earlier than to.');
}

/** The position at which a list continues: the key of the last item, or a text derived from it. */
export const after = z
  .string()
  .regex(/^[\w-]{1,2000}$/)
  .meta({ description: 'the value from nextLink, unchanged' });

/** A filter without a value is none: forms send their empty fields. */
const filter = (what: string) =>
  z
    .string()
    .transform((text) => (text === '' ? undefined : text))
    .optional()
    .meta({ description: `${what}, in any case`, override: { type: 'string' } });

/** The filter of events. */
export const eventFilters = {
  eventType: filter('the exact event type'),
  outcome: filter('the exact result, such as FAILURE'),
  // A mail address contains no space, so a space was a `+` that was sent without escaping.
  actor: filter("the actor's exact alternateId or id").transform((text) =>
    text?.includes('@') ? text.replaceAll(' ', '+') : text,
  ),
  ip: filter('the exact address of the client'),
  q: filter('any part of the raw event'),
};
