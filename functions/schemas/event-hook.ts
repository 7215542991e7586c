/** Schemas of replies about event hooks (docs/contract.md, "Event hook"). */
import * as z from 'zod';
import { time } from './shapes.ts';

export const madeEventHook = z
  .object({
    url: z.url().meta({ description: 'where Okta calls' }),
    authorization: z.string().meta({
      format: 'password',
      description: 'the value of the header Authorization that Okta sends; shown only here',
    }),
  })
  .meta({ id: 'MadeEventHook' });

export const eventHook = z
  .object({
    url: z.url(),
    createdAt: time.meta({ description: 'when the secret was made' }),
    createdBy: z.string(),
    lastRangAt: time
      .nullable()
      .meta({ description: 'null before the first ring; within 5 seconds' }),
  })
  .meta({ id: 'EventHook' });

export const verification = z
  .object({ verification: z.string() })
  .meta({ id: 'EventHookVerification' });
