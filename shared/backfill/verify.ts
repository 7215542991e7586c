/**
 * Completes a `verify` (docs/architecture.md, "Verify"). Its slices only stage events that were missing
 * from the sink. Live polling is still expected to deliver an event that neither query had returned
 * when the slice was read. Therefore staged events are checked again once live polling has caught up
 * past that time; those still missing are then stored and counted.
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger } from '../storage/positions.ts';

/** Each budget is well below the time limit of a function or a request. */
const SETTLING_BUDGET_MS = 60_000;
const CLEARING_BUDGET_MS = 5_000;

/** The chain under which a `verify` stages events and stores missing events. */
export const verifyChain = (backfillId: string): string => `v${backfillId}`;

/** `waitForLive`: call again later. `more`: call again at once. */
export async function commitVerify(
  { checkpoints, stagingSink, clock }: Pick<Deps, 'checkpoints' | 'stagingSink' | 'clock'>,
  { id: connectorId, generation }: Connector,
  { backfillId, readAtMs = 0 }: BackfillLedger,
): Promise<{ missing: number } | 'waitForLive' | 'more'> {
  const live = await checkpoints.live(connectorId);
  // Both times come from Okta, in whole seconds.
  if ((live?.value.caughtUpAtMs ?? 0) <= readAtMs) return 'waitForLive';
  const chain = {
    connectorId,
    generation,
    name: verifyChain(backfillId),
    source: 'backfill' as const,
  };
  const missing = await stagingSink.commitStaged(chain, timeBudget(clock, SETTLING_BUDGET_MS));
  return missing === 'more' ? missing : { missing };
}

/**
 * Discards the staged events of every verify up to this ended backfill; false when it ran out of time. A
 * page that was in flight when the verify was canceled may stage more events: housekeeping calls this
 * again.
 */
export async function discardVerifies(
  { stagingSink, clock }: Pick<Deps, 'stagingSink' | 'clock'>,
  connectorId: string,
  { backfillId, generation }: Pick<BackfillLedger, 'backfillId' | 'generation'>,
): Promise<boolean> {
  const outOfTime = timeBudget(clock, CLEARING_BUDGET_MS);
  return await stagingSink.discardStaged(
    connectorId,
    generation,
    verifyChain(backfillId),
    outOfTime,
  );
}
