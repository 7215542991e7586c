/**
 * Applies a recorded delivery through the same code as the matching requests. Calls may be repeated
 * and concurrent: the delivery's time guards its changes.
 */
import { type BackfillBody, requestBackfill } from '../backfill/request-backfill.ts';
import type { ChangeRequest } from '../connectors/change-request.ts';
import { CLEAN_UP_BUDGET_MS, cleanUpOrRequeue } from '../connectors/clean-up.ts';
import { callersPart } from '../connectors/configuration.ts';
import { deleteConnector } from '../connectors/delete.ts';
import { disable, enable, markDelivered } from '../connectors/enable-disable.ts';
import { recordFailure } from '../connectors/failed-registration.ts';
import { finish } from '../connectors/finish-delivery.ts';
import { register, update } from '../connectors/register.ts';
import type { Deps } from '../deps.ts';
import { isRetryable, type Problem, ProblemError } from '../errors.ts';
import { CONNECTOR_DELETING, CONNECTOR_NOT_FOUND, KEPT_CHANGING } from '../problems.ts';
import { type Result, succeeded } from '../result.ts';
import type { Delivery } from '../storage/deliveries.ts';
import { isLeased, leaseFor, noLease } from '../storage/lease.ts';
import { storedOperation } from './operation.ts';

/** A day, with a housekeeping run every five minutes. */
const MAX_ATTEMPTS = 288;

export async function workDelivery(deps: Deps, key: string): Promise<void> {
  const delivery = await begin(deps, key);
  if (!delivery) return;
  try {
    await work(deps, key, delivery);
  } finally {
    await release(deps, key, delivery);
  }
}

async function work(deps: Deps, key: string, delivery: Delivery): Promise<void> {
  const { caller, connectorId, type: action, attempts } = delivery;
  const entry = { atMs: deps.clock.nowMs(), caller, action, connectorId };
  const auditKey = await deps.audit.begin(entry, `${key.slice(0, 12)}-${attempts}`);
  let problem: Problem | undefined;
  try {
    problem = await apply(deps, key, delivery);
  } catch (error) {
    await deps.audit.complete(auditKey, { result: 'failed', code: 'InternalError' });
    throw error;
  }
  if (problem && (await isOver(deps, key))) {
    // Another worker has finished the delivery and deleted its credential.
    await deps.audit.complete(auditKey, { result: 'refused', code: problem.code });
    return;
  }
  if (problem) await show(deps, delivery, problem);
  const result = problem ? (isRetryable(problem.code) ? 'failed' : 'refused') : 'ok';
  await deps.audit.complete(auditKey, { result, code: problem?.code });
  // Retried in the next run of housekeeping.
  if (problem && passes(problem) && attempts < MAX_ATTEMPTS) return;
  await finish(deps, key, problem?.code ?? 'ok');
}

/**
 * Takes the lease of the delivery, so that workers apply it one at a time; undefined when another
 * worker holds it. Counts the attempt before the work, so that an attempt whose worker dies is
 * counted as well.
 */
async function begin(deps: Deps, key: string): Promise<Delivery | undefined> {
  const { deliveries, storageClock, chance } = deps;
  const stored = await deliveries.get(key);
  const nowMs = storageClock.nowMs();
  if (stored?.delivery.state !== 'recorded' || isLeased(stored.delivery, nowMs)) return undefined;
  const { delivery } = stored;
  if (delivery.attempts >= MAX_ATTEMPTS) {
    await finish(deps, key, 'InternalError');
    return undefined;
  }
  const lease = leaseFor(chance.uuid(), nowMs);
  const begun = { ...delivery, ...lease, attempts: delivery.attempts + 1 };
  if (await deliveries.replace(stored, begun)) return begun;
  // Another worker was faster; or the reply of this write was lost, and its repetition found its own
  // effect.
  const now = await deliveries.get(key);
  return now?.delivery.leaseHolder === lease.leaseHolder ? begun : undefined;
}

/** The next attempt does not wait for the end of the lease. */
async function release({ deliveries }: Deps, key: string, begun: Delivery): Promise<void> {
  const stored = await deliveries.get(key);
  if (stored?.delivery.state !== 'recorded') return;
  if (stored.delivery.leaseHolder === begun.leaseHolder)
    await deliveries.replace(stored, { ...stored.delivery, ...noLease });
}

/**
 * Temporary refusals: a running purge, and a conflict with other changes. The app retries a delivery;
 * an API caller must retry its request.
 */
const passes = (problem: Problem): boolean =>
  isRetryable(problem.code) ||
  problem.code === CONNECTOR_DELETING.code ||
  problem === KEPT_CHANGING;

const isOver = async ({ deliveries }: Deps, key: string): Promise<boolean> =>
  (await deliveries.get(key))?.delivery.state !== 'recorded';

async function apply(deps: Deps, key: string, delivery: Delivery): Promise<Problem | undefined> {
  const { connectorId: id, caller, sentAtMs: deliverySentAtMs } = delivery;
  const request = { id, caller, deliverySentAtMs, deliveryKey: key };
  try {
    const result = await change(deps, request, delivery);
    return result.ok ? undefined : result.problem;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
}

type DeliveryRequest = ChangeRequest & { deliveryKey: string };

async function change(
  deps: Deps,
  request: DeliveryRequest,
  delivery: Delivery,
): Promise<Result<unknown>> {
  const { secretName, secretVersion } = delivery;
  const stored = secretName && secretVersion && (await deps.vault.get(secretName, secretVersion));
  // Another worker has finished the delivery in the meantime and deleted its credential.
  if (secretName && !stored && (await isOver(deps, request.deliveryKey)))
    return succeeded('finished');
  const credential = stored || undefined;
  const { type, data } = storedOperation(delivery);
  switch (type) {
    case 'connector.register':
      return await register(deps, request, { ...data, credential });
    case 'connector.update':
      return await update(deps, request, { ...data, credential });
    case 'connector.backfill':
      return await backfill(deps, request, data);
    case 'connector.disable':
      return await disable(deps, request);
    case 'connector.enable':
      return await enable(deps, request);
    case 'connector.delete':
      return await remove(deps, request);
  }
}

async function remove(deps: Deps, request: ChangeRequest): Promise<Result<unknown>> {
  const result = await deleteConnector(deps, request, false);
  if (result.ok && result.value === 'deleted')
    await cleanUpOrRequeue(deps, request.id, CLEAN_UP_BUDGET_MS);
  return result;
}

/** The body is stored as received. A missing bound of the range is set when the delivery is applied. */
async function backfill(
  deps: Deps,
  request: DeliveryRequest,
  body: BackfillBody,
): Promise<Result<unknown>> {
  const marked = await markDelivered(deps, request);
  return marked.ok ? await requestBackfill(deps, marked.value, body, request.deliveryKey) : marked;
}

/** Okta's errors appear in the connector's status. A delivery for a missing connector has no effect. */
async function show(deps: Deps, delivery: Delivery, problem: Problem): Promise<void> {
  if (problem.code === 'PreconditionFailed' || problem.code === CONNECTOR_NOT_FOUND.code) return;
  const { connectorId: id, caller, sentAtMs: deliverySentAtMs } = delivery;
  const { type, data } = storedOperation(delivery);
  const state = (await deps.connectors.get(id))?.connector.state ?? 'deleted';
  // A deleted connector stays deleted after any failure; only a failed registration is shown.
  if (state === 'deleted' && type !== 'connector.register') return;
  const given = type === 'connector.register' ? callersPart(id, data) : {};
  await recordFailure(deps, { id, caller, deliverySentAtMs }, given, problem);
}
