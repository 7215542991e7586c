/**
 * Works on a recorded delivery, through the same code as the requests it stands for. It may be
 * called any number of times, at once if need be: what it does is guarded by the delivery's time.
 */

import { driveBackfill } from '../backfill/drive.ts';
import type { Orchestrations } from '../backfill/orchestrations.ts';
import { type BackfillBody, backfillBody, rangeOf } from '../backfill/request.ts';
import { startBackfill } from '../backfill/start.ts';
import { registrationBody, updateBody } from '../connectors/connector.ts';
import { recordFailure } from '../connectors/failed.ts';
import type { ChangeRequest } from '../connectors/manage-parts.ts';
import { CONNECTOR_DISABLED, CONNECTOR_NOT_FOUND } from '../connectors/problems.ts';
import { register, update } from '../connectors/register.ts';
import { clearAway, removeConnector } from '../connectors/remove.ts';
import { disable, enable, noteDelivery } from '../connectors/switch.ts';
import { isRetryable, type Problem, ProblemError } from '../errors.ts';
import type { Audit } from '../storage/audit.ts';
import type { Delivery, StoredDelivery } from '../storage/deliveries.ts';
import type { WebhookParts } from './record.ts';

/** With a tick every five minutes: a day. */
const MAX_ATTEMPTS = 288;
const CLEARING_BUDGET_MS = 60_000;

export type WorkParts = WebhookParts & { audit: Audit };

export async function workDelivery(
  parts: WorkParts,
  orchestrations: Orchestrations,
  key: string,
): Promise<void> {
  const stored = await parts.deliveries.get(key);
  if (stored?.delivery.state !== 'recorded') return;
  const { delivery } = stored;
  const { caller, connectorId, type: action } = delivery;
  const entry = { atMs: parts.clock.nowMs(), caller, action, connectorId };
  const auditKey = await parts.audit.begin(entry, `${key.slice(0, 12)}-${delivery.attempts}`);
  const problem = await apply(parts, orchestrations, stored);
  const again = problem && isRetryable(problem.code) && delivery.attempts + 1 < MAX_ATTEMPTS;
  if (problem) await show(parts, delivery, problem);
  const result = problem ? (isRetryable(problem.code) ? 'failed' : 'refused') : 'ok';
  await parts.audit.complete(auditKey, { result, code: problem?.code });
  if (again) {
    // The next tick tries again.
    await parts.deliveries.replace(stored, { ...delivery, attempts: delivery.attempts + 1 });
    return;
  }
  await finish(parts, stored, problem?.code ?? 'ok');
}

/** Done first: as long as it is not, whoever works on it needs the credential. */
async function finish(
  parts: Pick<WorkParts, 'vault' | 'deliveries'>,
  stored: StoredDelivery,
  result: string,
): Promise<void> {
  const { deliveries } = parts;
  await deliveries.replace(stored, { ...stored.delivery, state: 'done', result });
  const now = await deliveries.get(stored.key);
  if (now?.delivery.state === 'done') await forgetCredential(parts, now);
}

/** The credential's own copy goes once it is in use, or refused. */
export async function forgetCredential(
  { vault, deliveries }: Pick<WorkParts, 'vault' | 'deliveries'>,
  stored: StoredDelivery,
): Promise<void> {
  const { secretName, secretVersion: _, ...rest } = stored.delivery;
  if (!secretName) return;
  await vault.remove(secretName);
  await deliveries.replace(stored, rest);
}

async function apply(
  parts: WorkParts,
  orchestrations: Orchestrations,
  stored: StoredDelivery,
): Promise<Problem | undefined> {
  const { connectorId: id, caller, atMs: deliveredAtMs } = stored.delivery;
  const request: ChangeRequest = { id, caller, deliveredAtMs };
  try {
    const result = await change(parts, orchestrations, request, stored);
    return 'problem' in result ? result.problem : undefined;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

type Applied = { kind: string } | { problem: Problem };

async function change(
  parts: WorkParts,
  orchestrations: Orchestrations,
  request: ChangeRequest,
  { key, delivery: { type, body, secretName, secretVersion } }: StoredDelivery,
): Promise<Applied> {
  const token = secretName && secretVersion && (await parts.vault.get(secretName, secretVersion));
  // Another worker has finished it meanwhile, and its credential is gone.
  if (secretName && !token && (await parts.deliveries.get(key))?.delivery.state !== 'recorded')
    return { kind: 'finished' };
  switch (type) {
    case 'connector.register':
      return await register(parts, orchestrations, request, {
        ...registrationBody.parse(body),
        ...(token ? { credential: token } : {}),
      });
    case 'connector.update':
      return await update(parts, orchestrations, request, {
        ...updateBody.parse(body),
        ...(token ? { credential: token } : {}),
      });
    case 'connector.disable':
      return await disable(parts, request);
    case 'connector.enable':
      return await enable(parts, request);
    case 'connector.delete':
      return await remove(parts, request);
    default:
      return await backfill(parts, orchestrations, request, backfillBody.parse(body));
  }
}

async function remove(parts: WorkParts, request: ChangeRequest): Promise<Applied> {
  const result = await removeConnector(parts, request, false);
  const stored = await parts.connectors.get(request.id);
  const stopAtMs = parts.clock.nowMs() + CLEARING_BUDGET_MS;
  if (result.kind === 'removed' && stored?.connector.state === 'deleted')
    await clearAway(parts, stored, () => parts.clock.nowMs() >= stopAtMs);
  return result;
}

async function backfill(
  parts: WorkParts,
  orchestrations: Orchestrations,
  request: ChangeRequest,
  body: BackfillBody,
): Promise<Applied> {
  const noted = await noteDelivery(parts, request);
  if (noted.kind === 'problem') return noted;
  const { connector } = noted;
  if (!connector.enabled || connector.state !== 'active') return { problem: CONNECTOR_DISABLED };
  // Kept as it came: the range is that of the time it was asked at.
  const chosen = rangeOf(body, connector, parts.storageClock.nowMs());
  if ('problem' in chosen) return chosen;
  await startBackfill(parts, connector, chosen.range, body.mode);
  await driveBackfill(parts, orchestrations, connector);
  return { kind: 'started' };
}

/** What Okta says appears in the connector's status; what is about no connector ends as nothing. */
async function show(parts: WorkParts, delivery: Delivery, problem: Problem): Promise<void> {
  if (problem.code === 'PreconditionFailed' || problem.code === CONNECTOR_NOT_FOUND.code) return;
  const { connectorId: id, caller, atMs: deliveredAtMs, type, body } = delivery;
  const state = (await parts.connectors.get(id))?.connector.state ?? 'deleted';
  // What was deleted stays so, whatever failed on the way: only a registration is missed there.
  if (state === 'deleted' && type !== 'connector.register') return;
  const { displayName, backfillDays, pollIntervalSeconds } = registrationBody
    .partial()
    .parse(type === 'connector.register' ? body : {});
  const given = {
    ...(displayName === undefined ? {} : { displayName }),
    ...(backfillDays === undefined ? {} : { backfillDays }),
    ...(pollIntervalSeconds === undefined ? {} : { pollIntervalSeconds }),
  };
  await recordFailure(parts, { id, caller, deliveredAtMs }, given, problem);
}
