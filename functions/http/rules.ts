/** The rule of a field: the description of its schema, which names the allowed values. */
import * as z from 'zod';

/** Undefined for a field that the schema does not have, or that has no rule. */
export function ruleOf(schema: z.ZodObject, field: string): string | undefined {
  let at: unknown = Object.hasOwn(schema.shape, field) ? schema.shape[field] : undefined;
  while (at instanceof z.ZodType) {
    const { description } = at.meta() ?? {};
    if (description !== undefined) return description;
    // The description of an optional, defaulted or transformed field is on the inner schema.
    const { innerType, in: input } = at.def as { innerType?: unknown; in?: unknown };
    at = innerType ?? input;
  }
  return undefined;
}

/** The allowed fields, as text for an error message. */
export const allowedFields = (schema: z.ZodObject): string =>
  Object.keys(schema.shape)
    .filter((field) => !(schema.shape[field] as z.ZodType).meta()?.readOnly)
    .join(', ');
