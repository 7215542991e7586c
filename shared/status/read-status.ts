/** Reads the rows for the status of a connector, in one request at any length of backfill. */
import type { Deps } from '../deps.ts';
import type { StatusName } from '../enumerations.ts';
import type { HealthChecker } from '../health.ts';
import type { SharedReads } from '../shared-reads.ts';
import type { CountReader } from '../sink/count-reader.ts';
import type { CheckpointsSnapshot } from '../storage/checkpoint-rows.ts';
import { NO_CHECKPOINTS } from '../storage/checkpoint-rows.ts';
import type { Connector } from '../storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../storage/positions.ts';
import { knownIn } from '../storage/status-facts.ts';
import { setAside } from './coverage.ts';
import type { StatusInputs } from './status-inputs.ts';
import { deriveStatus } from './status-name.ts';
import { statusPage } from './view.ts';

export type StatusDeps = Pick<Deps, 'checkpoints' | 'storageClock'> & {
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
  const { id } = connector;
  // Many dashboards may request the status of the same connector at once.
  const [snapshot, storageTakesWrites] = await Promise.all([
    deps.reads.share(`checkpoints ${id}`, () => deps.checkpoints.snapshot(id)),
    deps.health.passes('storage'),
  ]);
  return inputsOf(connector, snapshot, storageTakesWrites, deps.storageClock.nowMs());
}

/** For connectors that follow each other in the order of their ids: one read for many of them. */
export async function readStatusInputsOfAll(
  deps: StatusDeps,
  connectors: readonly Connector[],
): Promise<StatusInputs[]> {
  const [first, last] = [connectors[0], connectors.at(-1)];
  if (!first || !last) return [];
  const [snapshots, storageTakesWrites] = await Promise.all([
    Array.fromAsync(deps.checkpoints.snapshots(first.id, last.id)),
    deps.health.passes('storage'),
  ]);
  const byId = new Map(snapshots);
  const nowMs = deps.storageClock.nowMs();
  return connectors.map((connector) =>
    inputsOf(connector, byId.get(connector.id) ?? NO_CHECKPOINTS, storageTakesWrites, nowMs),
  );
}

export function inputsOf(
  connector: Connector,
  snapshot: CheckpointsSnapshot,
  storageTakesWrites: boolean,
  nowMs: number,
): StatusInputs {
  const { facts, rate } = knownIn(connector, snapshot.facts);
  const { latest, earlier } = backfillsOf(snapshot);
  const { live, unreadable: unreadableKeys } = snapshot;
  return {
    ...{ connector, facts, rate, live, backfill: latest, earlier },
    ...{ unreadableKeys, storageTakesWrites, nowMs },
  };
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
