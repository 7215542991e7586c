/**
 * The query parameters of the contract (docs/contract.md, "Fields and parameters", "Events"). A
 * description names the allowed values, for error messages and the OpenAPI document.
 */
import * as z from 'zod';

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

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/** RFC 3339 has years of four digits; an offset can lead out of that range. */
const [FIRST_MS, LAST_MS] = ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map(
  Date.parse,
);

/** An instant, in epoch milliseconds. */
export const instant = z
  .string()
  .regex(RFC_3339)
  .transform((text) => Date.parse(text))
  .pipe(
    z
      .number()
      .min(FIRST_MS ?? 0)
      .max(LAST_MS ?? 0),
  )
  .meta({
    description: 'an instant in RFC 3339, such as 2026-11-01T00:00:00.000Z',
    override: { type: 'string', format: 'date-time', example: '2026-11-01T00:00:00.000Z' },
  });

/** Where a list continues: the key of the last item, or a text made of it. */
export const after = z
  .string()
  .regex(/^[\w-]{1,2000}$/)
  .meta({ description: 'the value from nextLink, unchanged' });

const exactly = (what: string) => z.string().meta({ description: `${what}, in any case` });

/** The filter of events. */
export const eventFilters = {
  eventType: exactly('the exact event type').optional(),
  outcome: exactly('the exact result, such as FAILURE').optional(),
  actor: exactly("the actor's exact alternateId or id").optional(),
  ip: exactly('the exact address of the client').optional(),
  q: exactly('any part of the raw event').optional(),
};
