/** Shapes that many replies share (docs/contract.md, "Conventions"). */
import * as z from 'zod';

/** RFC 3339 UTC with milliseconds. */
export const time = z.iso.datetime({ precision: 3 }).meta({ format: 'date-time' });

export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    value: z.array(item),
    nextLink: z.url().optional().meta({ description: 'absent on the last page' }),
  });
