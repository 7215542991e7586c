/** The steps that both webhook routes share: verify a delivery, record it, answer. */
import { ProblemError } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';
import type { Envelope } from '../../shared/webhooks/envelope.ts';
import { takeIn } from '../../shared/webhooks/intake.ts';
import { verifySignature } from '../../shared/webhooks/signature.ts';
import { readText } from './body.ts';
import type { Call } from './call.ts';
import type { Incoming } from './incoming.ts';
import { orRefused } from './target.ts';
import { statusUrl } from './urls.ts';

/** The body and the id of a signed delivery. Records a refusal, then throws it. */
export async function signed(
  request: Incoming,
  { services }: Pick<Call, 'services'>,
  action: string,
): Promise<{ webhookId: string; body: string }> {
  try {
    const body = await readText(request);
    const { webhookSecrets } = services.config;
    return { webhookId: orRefused(verifySignature(webhookSecrets, request.headers, body)), body };
  } catch (error) {
    if (error instanceof ProblemError) {
      const { audit, clock } = services;
      const entry = { atMs: clock.nowMs(), caller: 'unknown', action };
      await audit.countByMinute({ ...entry, result: 'refused', code: error.problem.code });
    }
    throw error;
  }
}

/** Records a delivery; the reply names the URL of its effect. `caller` names the route. */
export async function accept(
  caller: string,
  parsed: Result<Envelope>,
  { services, note }: Pick<Call, 'services' | 'note'>,
) {
  const { connectorId, type } = orRefused(await takeIn(services, caller, parsed));
  note(type, connectorId);
  const operation = { connectorId, type };
  return {
    status: 202 as const,
    jsonBody: { operation, statusUrl: statusUrl(services.config, connectorId) },
  };
}
