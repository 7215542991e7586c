/**
 * How a `verify` ends (docs/architecture.md, "Verify"). Its slices only set aside what was not in
 * the sink. An event that Okta had shown to neither chain when the slice was read is live's to
 * bring; so what is set aside is looked at again once live has caught up later than that, and what
 * is still missing then is stored and counted.
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger } from '../storage/positions.ts';

/** Each well below the time that a function, or a request, may take. */
const SETTLING_BUDGET_MS = 60_000;
const CLEARING_BUDGET_MS = 5_000;

/** The chain under which a `verify` sets aside, and stores what was missing. */
export const verifyChain = (backfillId: string): string => `v${backfillId}`;

/** `waitForLive` is to be asked again in a while, `more` at once. */
export async function commitVerify(
  { checkpoints, stagingSink, clock }: Pick<Deps, 'checkpoints' | 'stagingSink' | 'clock'>,
  { id: connectorId, generation }: Connector,
  { backfillId, readAtMs = 0 }: BackfillLedger,
): Promise<{ missing: number } | 'waitForLive' | 'more'> {
  const live = await checkpoints.live(connectorId);
  // Both times are Okta's own, in whole seconds.
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
 * Clears away what verifies up to this one, which is over, have set aside and not settled. A page
 * that was on its way when they were canceled may bring more: housekeeping calls this again.
 */
export async function discardVerifies(
  { stagingSink, clock }: Pick<Deps, 'stagingSink' | 'clock'>,
  connectorId: string,
  { backfillId, generation }: Pick<BackfillLedger, 'backfillId' | 'generation'>,
): Promise<void> {
  const outOfTime = timeBudget(clock, CLEARING_BUDGET_MS);
  await stagingSink.discardStaged(connectorId, generation, verifyChain(backfillId), outOfTime);
}
