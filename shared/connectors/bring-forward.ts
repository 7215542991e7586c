/**
 * Brings a connector to the state that its row promises: a live cursor, a backfill, an orchestration
 * that drives it, a due time. Every step is create-only, so registration, its retry and the
 * housekeeping timer all call this, at the same moment if need be.
 */
import { instanceIdOf, type Orchestrations } from '../backfill/orchestrations.ts';
import type { BackfillRef } from '../backfill/plan.ts';
import type { IngestParts } from '../ingest/ingest-parts.ts';
import { LIVE_OVERLAP_MS, PAGE_LIMIT } from '../ingest/limits.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import {
  BACKFILL_POINTER_KEY,
  type BackfillLedger,
  backfillKey,
  creation,
  LIVE_KEY,
  type LivePosition,
  NO_COUNTS,
} from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';

const DAY_MS = 86_400_000;
const FIRST_BACKFILL_ID = '0001';

export async function bringForward(
  parts: IngestParts,
  orchestrations: Orchestrations,
  connector: Connector,
): Promise<void> {
  await createLiveCursor(parts, connector);
  await createFirstBackfill(parts, connector);
  const facts = await parts.status.facts(connector.id);
  if (facts.settledRegistration !== connector.registration) {
    await parts.status.merge(connector.id, {
      settledRegistration: connector.registration,
      dueAtMs: parts.storageClock.nowMs(),
    });
  }
  await driveBackfill(parts, orchestrations, connector);
}

/** Live is there before the backfill starts: what arrives from now on is its to bring (T2, T3). */
async function createLiveCursor({ checkpoints }: IngestParts, connector: Connector): Promise<void> {
  const startedAtMs = connector.connectedAtMs - LIVE_OVERLAP_MS;
  const position: LivePosition = {
    ...NO_COUNTS,
    generation: connector.generation,
    nextUrl: pollingUrl(connector.origin, { sinceMs: startedAtMs, limit: PAGE_LIMIT }),
    startedAtMs,
    cursorResets: 0,
    failures: 0,
    gaps: [],
  };
  await checkpoints.commit(connector.id, [creation(LIVE_KEY, position)]);
}

async function createFirstBackfill(parts: IngestParts, connector: Connector): Promise<void> {
  if (connector.backfillDays === 0) return;
  const toMs = connector.connectedAtMs;
  const fromMs = toMs - connector.backfillDays * DAY_MS;
  const ledger: BackfillLedger = {
    ...NO_COUNTS,
    backfillId: FIRST_BACKFILL_ID,
    generation: connector.generation,
    mode: 'fill',
    state: 'Running',
    fromMs,
    toMs,
    lowMs: fromMs,
    highMs: toMs,
    finished: [],
    gaps: [],
    slicesDone: 0,
    startedAtMs: parts.storageClock.nowMs(),
  };
  await parts.checkpoints.commit(connector.id, [
    creation(BACKFILL_POINTER_KEY, { latest: FIRST_BACKFILL_ID }),
    creation(backfillKey(FIRST_BACKFILL_ID), ledger),
  ]);
}

/** A running backfill has its workers; one that was lost is started again. */
async function driveBackfill(
  { checkpoints, config }: IngestParts,
  orchestrations: Orchestrations,
  { id: connectorId, generation }: Connector,
): Promise<void> {
  const latest = await checkpoints.latestBackfill(connectorId);
  const ledger = latest && (await checkpoints.backfill(connectorId, latest.id));
  if (ledger?.value.state !== 'Running') return;
  const { backfillId } = ledger.value;
  for (let worker = 0; worker < config.backfillParallelSlices; worker++) {
    const ref: BackfillRef = { connectorId, generation, backfillId, worker };
    const instanceId = instanceIdOf(ref);
    if (!(await orchestrations.isActive(instanceId))) await orchestrations.start(instanceId, ref);
  }
}
