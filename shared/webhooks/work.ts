/**
 * Works on a recorded delivery, through the same code as the requests it stands for. It may be
 * called any number of times, at once if need be: what it does is guarded by the delivery's time.
 */

import { driveBackfill } from '../backfill/ensure-workers.ts';
import type { Orchestrations } from '../backfill/workflow-engine.ts';
import { type BackfillBody, backfillBody, rangeOf } from '../backfill/request.ts';
import { alreadyRunning, startBackfill } from '../backfill/start.ts';
import { registrationBody, updateBody } from '../connectors/resource.ts';
import { recordFailure } from '../connectors/failed-registration.ts';
import type { ChangeRequest } from '../connectors/change-request.ts';
import {
  CONNECTOR_DELETING,
  CONNECTOR_DISABLED,
  CONNECTOR_NOT_FOUND,
} from '../connectors/problems.ts';
import { register, update } from '../connectors/register.ts';
import { clearAway, removeConnector } from '../connectors/delete.ts';
import { disable, enable, noteDelivery } from '../connectors/enable-disable.ts';
import { isRetryable, type Problem, ProblemError } from '../errors.ts';
import type { Audit } from '../storage/audit.ts';
import type { Delivery } from '../storage/deliveries.ts';
import { finish } from './finish.ts';
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
  const delivery = await begin(parts, key);
  if (!delivery) return;
  const { caller, connectorId, type: action, attempts } = delivery;
  const entry = { atMs: parts.clock.nowMs(), caller, action, connectorId };
  const auditKey = await parts.audit.begin(entry, `${key.slice(0, 12)}-${attempts}`);
  let problem: Problem | undefined;
  try {
    problem = await apply(parts, orchestrations, key, delivery);
  } catch (error) {
    await parts.audit.complete(auditKey, { result: 'failed', code: 'InternalError' });
    throw error;
  }
  if (problem && (await isOver(parts, key))) {
    // Another worker has finished it, and taken away what this one needed.
    await parts.audit.complete(auditKey, { result: 'refused', code: problem.code });
    return;
  }
  if (problem) await show(parts, delivery, problem);
  const result = problem ? (isRetryable(problem.code) ? 'failed' : 'refused') : 'ok';
  await parts.audit.complete(auditKey, { result, code: problem?.code });
  // The next tick tries again.
  if (problem && passes(problem) && attempts < MAX_ATTEMPTS) return;
  await finish(parts, key, problem?.code ?? 'ok');
}

/** Counts the attempt before the work, so that one that its worker does not survive counts as well. */
async function begin(parts: WorkParts, key: string): Promise<Delivery | undefined> {
  const stored = await parts.deliveries.get(key);
  if (stored?.delivery.state !== 'recorded') return undefined;
  const { delivery } = stored;
  if (delivery.attempts >= MAX_ATTEMPTS) {
    await finish(parts, key, 'InternalError');
    return undefined;
  }
  const begun = { ...delivery, attempts: delivery.attempts + 1 };
  // Lost to another worker, which goes on with it.
  return (await parts.deliveries.replace(stored, begun)) ? begun : undefined;
}

/** A purge under way is over some time; a caller is told to come back, a delivery waits for it. */
const passes = ({ code }: Problem): boolean =>
  isRetryable(code) || code === CONNECTOR_DELETING.code;

const isOver = async ({ deliveries }: WorkParts, key: string): Promise<boolean> =>
  (await deliveries.get(key))?.delivery.state !== 'recorded';

async function apply(
  parts: WorkParts,
  orchestrations: Orchestrations,
  key: string,
  delivery: Delivery,
): Promise<Problem | undefined> {
  const { connectorId: id, caller, atMs: deliveredAtMs } = delivery;
  const request: ChangeRequest = { id, caller, deliveredAtMs, deliveryKey: key };
  try {
    const result = await change(parts, orchestrations, request, key, delivery);
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
  key: string,
  { type, body, secretName, secretVersion }: Delivery,
): Promise<Applied> {
  const token = secretName && secretVersion && (await parts.vault.get(secretName, secretVersion));
  // Another worker has finished it meanwhile, and its credential is gone.
  if (secretName && !token && (await isOver(parts, key))) return { kind: 'finished' };
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
      return await backfill(parts, orchestrations, request, key, backfillBody.parse(body));
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
  key: string,
  body: BackfillBody,
): Promise<Applied> {
  const noted = await noteDelivery(parts, request);
  if (noted.kind === 'problem') return noted;
  const { connector } = noted;
  if (!connector.enabled || connector.state !== 'active') return { problem: CONNECTOR_DISABLED };
  // Kept as it came: the range is that of the time it was asked at.
  const chosen = rangeOf(body, connector, parts.storageClock.nowMs());
  if ('problem' in chosen) return chosen;
  const started = await startBackfill(parts, connector, chosen.range, body.mode, key);
  if (started.kind === 'overtaken') return { problem: CONNECTOR_NOT_FOUND };
  if (started.kind === 'running') return { problem: alreadyRunning(started.backfillId) };
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
