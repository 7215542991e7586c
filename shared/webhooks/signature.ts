/**
 * Verifies the signature of a Standard Webhooks 1.0 delivery (https://www.standardwebhooks.com).
 */
import { Webhook } from 'standardwebhooks';
import type { Problem } from '../errors.ts';
import { type Result, refused, succeeded } from '../result.ts';

/**
 * Returns the delivery's id when one of the secrets has signed this body within the last five minutes.
 */
export function verifySignature(
  secrets: readonly string[],
  sent: Headers,
  body: string,
): Result<string> {
  const id = sent.get('webhook-id') ?? '';
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': sent.get('webhook-timestamp') ?? '',
    'webhook-signature': sent.get('webhook-signature') ?? '',
  };
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      return succeeded(id);
    } catch {
      // Try the next secret: old and new secret overlap during a rotation.
    }
  }
  return refused(NOT_SIGNED);
}

const NOT_SIGNED: Problem = {
  code: 'Unauthorized',
  message: 'The signature or its time is not valid.',
  remedy:
    'Sign with a secret of the setting WEBHOOK_SECRETS, as described by Standard Webhooks, and send within five minutes.',
};
