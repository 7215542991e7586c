/** Reads the rows for the status of a connector, in three requests at any length of backfill. */
import type { Deps } from '../deps.ts';
import type { StatusName } from '../enumerations.ts';
import type { HealthChecker } from '../health.ts';
import type { SharedReads } from '../shared-reads.ts';
import type { CountReader } from '../sink/count-reader.ts';
import type { CheckpointsSnapshot } from '../storage/checkpoint-rows.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import type { RateFacts } from '../storage/rate-facts.ts';
import type { StatusFacts } from '../storage/status-facts.ts';
import { setAside } from './coverage.ts';
import type { StatusInputs } from './status-inputs.ts';
import { deriveStatus } from './status-name.ts';
import { statusPage } from './view.ts';

export type StatusDeps = Pick<Deps, 'checkpoints' | 'status' | 'storageClock'> & {
  counts: CountReader;
  reads: SharedReads;
  health: Pick<HealthChecker, 'passes'>;
};

export async function readStatus(deps: StatusDeps, connector: Connector) {
  const [inputs, counts] = await Promise.all([
    readStatusInputs(deps, connector),
    deps.counts.counts(connector.id, connector.generation),
  ]);
  return statusPage(inputs, counts);
}

/** Without counts, for lists. */
export async function readStatusName(deps: StatusDeps, connector: Connector): Promise<StatusName> {
  return deriveStatus(await readStatusInputs(deps, connector)).name;
}

export async function readStatusInputs(
  deps: StatusDeps,
  connector: Connector,
): Promise<StatusInputs> {
  const { id, generation, registration } = connector;
  // Many dashboards may request the status of the same connector at once.
  const key = `status ${id} ${generation} ${registration}`;
  const [rows, storageTakesWrites] = await Promise.all([
    deps.reads.share(key, () => readRows(deps, connector)),
    deps.health.passes('storage'),
  ]);
  return inputsOf(connector, rows, storageTakesWrites, deps.storageClock.nowMs());
}

/** The rows of a connector that its status is derived from. */
interface StatusRows {
  facts: StatusFacts;
  rate: RateFacts;
  snapshot: CheckpointsSnapshot;
}

export function inputsOf(
  connector: Connector,
  { facts, rate, snapshot }: StatusRows,
  storageTakesWrites: boolean,
  nowMs: number,
): StatusInputs {
  const { latest, earlier } = backfillsOf(snapshot);
  const { live, unreadable: unreadableKeys } = snapshot;
  return {
    ...{ connector, facts, rate, live, backfill: latest, earlier },
    ...{ unreadableKeys, storageTakesWrites, nowMs },
  };
}

async function readRows(
  { status, checkpoints }: StatusDeps,
  connector: Connector,
): Promise<StatusRows> {
  const [{ facts, rate }, snapshot] = await Promise.all([
    status.known(connector),
    checkpoints.snapshot(connector.id),
  ]);
  return { facts, rate, snapshot };
}

function backfillsOf({ latestBackfillId = '', ledgers, slices }: CheckpointsSnapshot) {
  const ledger = ledgers.find(({ backfillId }) => backfillId === latestBackfillId);
  if (!ledger) return { latest: undefined, earlier: [] };
  return {
    latest: { ledger, open: slicesOf(latestBackfillId, slices) },
    earlier: ledgers
      .filter(({ backfillId }) => backfillId < latestBackfillId)
      .map((earlier) => withTried(earlier, slices)),
  };
}

/** Ranges of an earlier backfill that are being retried still count as set aside. */
function withTried(ledger: BackfillLedger, slices: readonly SlicePosition[]): BackfillLedger {
  const tried = slicesOf(ledger.backfillId, slices).flatMap(setAside);
  return { ...ledger, unreadable: [...ledger.unreadable, ...tried] };
}

export const slicesOf = (id: string, slices: readonly SlicePosition[]): SlicePosition[] =>
  slices.filter(({ backfillId }) => backfillId === id);
