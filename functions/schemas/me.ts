/** Schema of the reply about the caller (docs/contract.md, "The caller"). */
import * as z from 'zod';
import { AUTH_MODES } from '../../shared/config.ts';

export const me = z
  .object({
    authMode: z.enum(AUTH_MODES),
    user: z.object({ name: z.string(), roles: z.array(z.string()) }).nullable(),
    signInUrl: z.string().optional().meta({ description: 'a path of this origin' }),
    version: z.string(),
    eventRetentionDays: z.int(),
  })
  .meta({ id: 'Me' });
