/**
 * The configuration of a connector, field by field (docs/contract.md, "Configuration"). Schemas of
 * bodies, rows, replies and stored deliveries, and comparisons, are derived from this table. Only
 * the use of a field is elsewhere.
 *
 * A description names the allowed values. An error message repeats it, never the submitted value.
 */
import * as z from 'zod';
import {
  BACKFILL_DAYS,
  DISPLAY_NAME_CHARACTERS,
  POLL_INTERVAL_SECONDS,
} from '../connector-limits.ts';
import { number } from './cells.ts';

/**
 * An optional field with the default `unset`, also in rows that are older than the field. Null in a
 * merge patch (RFC 7396) resets it to the default.
 */
const wholeNumber = ({ min, max, unset }: typeof BACKFILL_DAYS) => {
  const sent = z
    .int()
    .min(min)
    .max(max)
    .meta({ description: `a whole number from ${min} to ${max}` });
  return {
    registration: sent.default(unset),
    update: sent
      .nullable()
      .transform((given) => given ?? unset)
      .optional(),
    row: number.default(unset),
    reply: z.int(),
  };
};

const displayName = z
  .string()
  .trim()
  .min(DISPLAY_NAME_CHARACTERS.min)
  .max(DISPLAY_NAME_CHARACTERS.max)
  // Storage would change an unpaired surrogate to another character.
  .refine((text) => text.isWellFormed())
  .meta({
    description: `${DISPLAY_NAME_CHARACTERS.min} to ${DISPLAY_NAME_CHARACTERS.max} characters`,
  });

const domain = z
  .string()
  .max(1000)
  .meta({ description: 'the host name of the Okta org, such as contoso.okta.com' });

export const CONFIG_FIELDS = {
  /** The default is the id (`callersPart`). */
  displayName: {
    registration: displayName.optional(),
    update: displayName
      .nullable()
      .transform((given) => given ?? undefined)
      .optional(),
    row: z.string(),
    reply: z.string(),
  },
  /** In a row: the host (or `host:port` of a test origin) of the domain (`orgsPart`). */
  domain: {
    registration: domain,
    update: domain.optional(),
    row: z.string(),
    reply: z.string(),
  },
  backfillDays: wholeNumber(BACKFILL_DAYS),
  pollIntervalSeconds: wholeNumber(POLL_INTERVAL_SECONDS),
};

export type ConfigField = keyof typeof CONFIG_FIELDS;
export const CONFIG_FIELD_NAMES = Object.keys(CONFIG_FIELDS) as ConfigField[];

type Form = 'registration' | 'update' | 'row' | 'reply';
type Shape<F extends Form> = { [N in ConfigField]: (typeof CONFIG_FIELDS)[N][F] };

/** The fields of a schema, for one of the table's four forms. */
export const configShape = <F extends Form>(form: F): Shape<F> =>
  Object.fromEntries(
    Object.entries(CONFIG_FIELDS).map(([name, forms]) => [name, forms[form]]),
  ) as Shape<F>;

/** The present fields among the named ones, in the order of the names. */
export const pick = <T extends object, N extends keyof T>(
  from: T,
  names: readonly N[],
): Pick<T, N> =>
  Object.fromEntries(
    names.filter((name) => name in from).map((name) => [name, from[name]]),
  ) as Pick<T, N>;
