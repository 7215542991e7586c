/** Gathers what the status page is made of: a few rows, however long the backfill. */

import type { IngestParts } from '../ingest/run.ts';
import type { SharedReads } from '../shared-reads.ts';
import type { CountReader } from '../sink/count-reader.ts';
import type { Connector } from '../storage/connectors.ts';
import { statusOf } from './view.ts';
import { type StatusSources, type StatusWord, statusWord } from './derive-status.ts';

export type StatusParts = Pick<IngestParts, 'checkpoints' | 'status' | 'storageClock'> & {
  counts: CountReader;
  reads: SharedReads;
};

export async function readStatus(parts: StatusParts, connector: Connector) {
  const [facts, counts] = await Promise.all([
    sources(parts, connector),
    parts.counts.counts(connector.id, connector.generation),
  ]);
  return statusOf({ ...facts, counts });
}

/** The status alone, without the sums: for lists. */
export async function readStatusWord(
  parts: StatusParts,
  connector: Connector,
): Promise<StatusWord> {
  return statusWord(await sources(parts, connector)).word;
}

export async function sources(
  parts: StatusParts,
  connector: Connector,
): Promise<Omit<StatusSources, 'counts'>> {
  const { id, generation, registration } = connector;
  // A wall of dashboards asks for one connector all the time.
  const key = `status ${id} ${generation} ${registration}`;
  const learnt = await parts.reads.share(key, () => readLearnt(parts, connector));
  return { connector, ...learnt, nowMs: parts.storageClock.nowMs() };
}

/** What its runs have written down. */
async function readLearnt(parts: StatusParts, connector: Connector) {
  const { id } = connector;
  const [facts, rate, live, backfill, ledgers] = await Promise.all([
    parts.status.facts(connector),
    parts.status.rate(connector),
    parts.checkpoints.live(id),
    latestBackfill(parts, id),
    parts.checkpoints.backfills(id),
  ]);
  const latest = backfill?.ledger.backfillId ?? '';
  const earlier = ledgers.filter(({ backfillId }) => backfillId < latest);
  return { facts, rate, live: live?.value, backfill, earlier };
}

async function latestBackfill({ checkpoints }: StatusParts, id: string) {
  const latest = await checkpoints.latestBackfill(id);
  const backfill = latest && (await checkpoints.backfillWithSlices(id, latest.id));
  if (!backfill) return undefined;
  return { ledger: backfill.ledger.value, open: backfill.open.map(({ value }) => value) };
}
