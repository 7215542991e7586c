/** The shape of every error (docs/contract.md, "Errors"). */
import * as z from 'zod';
import { ERROR_CODES } from '../../shared/errors.ts';

export const errorCode = z.enum(ERROR_CODES);

/** Details of Okta's own response. */
export const innerError = z.object({
  httpStatus: z.int().optional(),
  oktaErrorCode: z.string().optional(),
  oktaRequestId: z.string().optional(),
});

export const errorReply = z
  .object({
    error: z.object({
      code: errorCode,
      message: z.string(),
      target: z.string().optional(),
      remedy: z.string().optional(),
      retryable: z.boolean(),
      innererror: innerError.optional(),
    }),
  })
  .meta({ id: 'Error' });
