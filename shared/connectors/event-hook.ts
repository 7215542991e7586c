/**
 * The event hook of a connector: Okta calls it when events happen, and the connector is polled at once
 * (docs/event-hook.md).
 */
import type { Deps } from '../deps.ts';
import { isoTime } from '../iso-time.ts';
import { CONNECTOR_NOT_FOUND, NO_TOKEN } from '../problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { orKeptChanging, retryOnConflict } from '../retry-on-conflict.ts';
import type { Connector } from '../storage/connectors.ts';
import { hookChange, isSecretOf, newRef, secretHashOf } from '../storage/event-hooks.ts';
import { Token } from '../token.ts';
import type { ChangeRequest } from './change-request.ts';
import { preconditionProblem } from './preconditions.ts';

const MAX_ATTEMPTS = 5;

export interface MadeHook {
  ref: string;
  /** Shown once: only its hash is stored. */
  secret: Token;
  kind: 'created' | 'replaced';
}

/** Makes the hook, or gives an existing hook another secret; its `ref` stays. */
export async function makeEventHook(deps: Deps, request: ChangeRequest): Promise<Result<MadeHook>> {
  const { id, caller } = request;
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(id);
    const problem = preconditionProblem(request, stored);
    if (problem) return refused(problem);
    if (!stored || stored.connector.state === 'deleted') return refused(CONNECTOR_NOT_FOUND);
    const { connector } = stored;
    // A registration without a working token is replaced by the next one, and its hook would end.
    if (connector.state !== 'active') return refused(NO_TOKEN);
    const ref = connector.hookRef ?? newRef(deps.chance.secret());
    const secret = deps.chance.secret();
    const secretHash = secretHashOf(secret);
    const { generation, registration } = connector;
    // The same clock as that of a ring.
    const createdAt = isoTime(deps.storageClock.nowMs());
    const of = { connectorId: id, generation, registration };
    const change = hookChange(ref, { ...of, secretHash, createdAt, createdBy: caller });
    const named = { ...connector, hookRef: ref };
    if (!(await deps.connectors.replace(named, stored.etag, [change]))) return 'conflict';
    const kind = connector.hookRef === undefined ? ('created' as const) : ('replaced' as const);
    return succeeded({ ref, secret: new Token(secret), kind });
  });
  return orKeptChanging(result);
}

/** Succeeds also without a hook, or without a connector. */
export async function endEventHook(
  deps: Pick<Deps, 'connectors' | 'eventHooks'>,
  request: ChangeRequest,
): Promise<Result<'ended' | 'absent'>> {
  const result = await retryOnConflict(MAX_ATTEMPTS, async () => {
    const stored = await deps.connectors.get(request.id);
    const problem = preconditionProblem(request, stored);
    if (problem) return refused(problem);
    const ref = stored?.connector.hookRef;
    if (!stored || ref === undefined) return succeeded('absent' as const);
    const connector = { ...stored.connector, hookRef: undefined };
    const end = await deps.eventHooks.end(ref);
    const won = await deps.connectors.replace(connector, stored.etag, end);
    return won ? succeeded('ended' as const) : 'conflict';
  });
  return orKeptChanging(result);
}

export interface ShownHook {
  ref: string;
  createdAt: string;
  createdBy: string;
  /** Undefined when this hook has not rung yet. */
  rangAtMs: number | undefined;
}

/** Undefined without a hook. */
export async function showEventHook(
  deps: Pick<Deps, 'eventHooks' | 'status'>,
  connector: Connector,
): Promise<ShownHook | undefined> {
  const ref = connector.hookRef;
  const hook = ref === undefined ? undefined : await deps.eventHooks.get(ref);
  if (ref === undefined || !hook) return undefined;
  const { createdAt, createdBy } = hook;
  const { rangAtMs } = (await deps.status.known(connector)).facts;
  const isOfThis = rangAtMs !== undefined && rangAtMs >= Date.parse(createdAt);
  return { ref, createdAt, createdBy, rangAtMs: isOfThis ? rangAtMs : undefined };
}

/** `known` is the id of the connector whose hook was called with a wrong secret, for the audit. */
export type Admitted = { connector: Connector } | { connector?: never; known: string | undefined };

/** The connector to ring for. A wrong secret costs the same reads as an unknown ref. */
export async function connectorToRing(
  deps: Pick<Deps, 'connectors' | 'eventHooks'>,
  ref: string,
  secret: string,
): Promise<Admitted> {
  const hook = await deps.eventHooks.get(ref);
  const isSecret = isSecretOf(hook, secret);
  if (!hook || !isSecret) return { known: hook?.connectorId };
  const connector = await connectorOfHook(deps, ref, hook.connectorId);
  return connector ? { connector } : { known: undefined };
}

/** Whether a hook exists under this ref, for Okta's challenge. */
export async function isEventHook(
  deps: Pick<Deps, 'connectors' | 'eventHooks'>,
  ref: string,
): Promise<boolean> {
  const hook = await deps.eventHooks.get(ref);
  return !!hook && (await connectorOfHook(deps, ref, hook.connectorId)) !== undefined;
}

/** A hook has an effect only as long as the row of its connector names it. */
async function connectorOfHook(
  { connectors }: Pick<Deps, 'connectors'>,
  ref: string,
  connectorId: string,
): Promise<Connector | undefined> {
  const connector = (await connectors.get(connectorId))?.connector;
  return connector && connector.state !== 'deleted' && connector.hookRef === ref
    ? connector
    : undefined;
}
