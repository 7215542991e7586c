/** What the description of a field says is allowed in it. */
import * as z from 'zod';

/** Undefined for a field that the schema does not have, or that has no rule. */
export function ruleOf(schema: z.ZodObject, field: string): string | undefined {
  let at: unknown = Object.hasOwn(schema.shape, field) ? schema.shape[field] : undefined;
  while (at instanceof z.ZodType) {
    const { description } = at.meta() ?? {};
    if (description !== undefined) return description;
    // What is optional, has a default or is transformed carries its description inside.
    const { innerType, in: input } = at.def as { innerType?: unknown; in?: unknown };
    at = innerType ?? input;
  }
  return undefined;
}

/** The fields that a caller may send, in words. */
export const allowedFields = (schema: z.ZodObject): string =>
  Object.keys(schema.shape)
    .filter((field) => !(schema.shape[field] as z.ZodType).meta()?.readOnly)
    .join(', ');
