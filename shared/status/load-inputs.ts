/** Gathers what the status page is made of: a few rows, however long the backfill. */

import type { Deps } from '../deps.ts';
import type { StatusName } from '../enumerations.ts';
import type { SharedReads } from '../shared-reads.ts';
import type { CountReader } from '../sink/count-reader.ts';
import type { Connector } from '../storage/connectors.ts';
import { deriveStatus, type StatusInputs } from './derive-status.ts';
import { statusOf } from './view.ts';

export type StatusDeps = Pick<Deps, 'checkpoints' | 'status' | 'storageClock'> & {
  counts: CountReader;
  reads: SharedReads;
};

export async function readStatus(deps: StatusDeps, connector: Connector) {
  const [facts, counts] = await Promise.all([
    loadStatusInputs(deps, connector),
    deps.counts.counts(connector.id, connector.generation),
  ]);
  return statusOf({ ...facts, counts });
}

/** The status alone, without the sums: for lists. */
export async function readStatusWord(deps: StatusDeps, connector: Connector): Promise<StatusName> {
  return deriveStatus(await loadStatusInputs(deps, connector)).word;
}

export async function loadStatusInputs(
  deps: StatusDeps,
  connector: Connector,
): Promise<Omit<StatusInputs, 'counts'>> {
  const { id, generation, registration } = connector;
  // A wall of dashboards asks for one connector all the time.
  const key = `status ${id} ${generation} ${registration}`;
  const learnt = await deps.reads.share(key, () => loadRunFacts(deps, connector));
  return { connector, ...learnt, nowMs: deps.storageClock.nowMs() };
}

/** What its runs have written down. */
async function loadRunFacts(deps: StatusDeps, connector: Connector) {
  const { id } = connector;
  const [facts, rate, live, backfill, ledgers] = await Promise.all([
    deps.status.facts(connector),
    deps.status.rate(connector),
    deps.checkpoints.live(id),
    latestBackfill(deps, id),
    deps.checkpoints.backfills(id),
  ]);
  const latest = backfill?.ledger.backfillId ?? '';
  const earlier = ledgers.filter(({ backfillId }) => backfillId < latest);
  return { facts, rate, live: live?.value, backfill, earlier };
}

async function latestBackfill({ checkpoints }: StatusDeps, id: string) {
  const latest = await checkpoints.latestBackfill(id);
  const backfill = latest && (await checkpoints.backfillWithSlices(id, latest.id));
  if (!backfill) return undefined;
  return { ledger: backfill.ledger.value, open: backfill.open.map(({ value }) => value) };
}
