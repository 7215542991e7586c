/**
 * Writes the log lines about connectors, once in each round of housekeeping: a summary, a line for each
 * unhealthy connector, and a line for each status that has changed since the last round.
 */
import { timeBudget } from '../clock.ts';
import type { Deps } from '../deps.ts';
import type { StatusName } from '../enumerations.ts';
import type { LogLine } from '../log-lines.ts';
import { inputsOf } from '../status/read-status.ts';
import type { StatusInputs } from '../status/status-inputs.ts';
import { type DerivedStatus, deriveStatus, lagMs } from '../status/status-name.ts';
import { NO_CHECKPOINTS } from '../storage/checkpoint-rows.ts';
import { AFTER_ALL_IDS } from '../storage/table.ts';
import { HOUR_MS } from '../time.ts';

/** An outage of Okta affects thousands of connectors: the summary counts those without a line. */
const MOST_LINES = 200;
const MOST_DEAD_LETTERS = 1_000;
const CHANGES_BUDGET_MS = 60_000;
const LATE_SECONDS = 900;
const STUCK_SECONDS = 3_600;

type ReportDeps = Pick<
  Deps,
  'clock' | 'connectors' | 'status' | 'checkpoints' | 'sinkStores' | 'storageClock'
>;

interface Found {
  inputs: StatusInputs;
  derived: DerivedStatus;
  lagSeconds: number | null;
  backfillIdleSeconds: number | null;
}

/** Reads each table once, in long pages. `countPoison` counts the messages in the poison queues. */
export async function report(
  deps: ReportDeps,
  countPoison: () => Promise<number>,
  write: (line: LogLine) => void,
): Promise<void> {
  const { found, unreadableRows } = await readAll(deps);
  const poison = await countPoison();
  const deadLetters = await countDeadLetters(deps);
  write({ ...summaryOf(found), deadLetters, poison, unreadableRows });
  found.filter(isUnwell).slice(0, MOST_LINES).map(lineOf).forEach(write);
  // An outage changes every status at once: the next round logs the changes that exceed this one.
  const outOfTime = timeBudget(deps.clock, CHANGES_BUDGET_MS);
  for (const one of found) if (!outOfTime()) await tellChange(deps, one, write);
}

async function readAll(deps: ReportDeps): Promise<{ found: Found[]; unreadableRows: number }> {
  const snapshots = new Map(await Array.fromAsync(deps.checkpoints.snapshots()));
  const found: Found[] = [];
  let unreadableRows = 0;
  const leftOut = () => {
    unreadableRows++;
  };
  for await (const { connector } of deps.connectors.list(leftOut)) {
    if (connector.state !== 'active' && connector.state !== 'failed') continue;
    const snapshot = snapshots.get(connector.id) ?? NO_CHECKPOINTS;
    unreadableRows += snapshot.unreadable.length;
    const inputs = inputsOf(connector, snapshot, true, deps.storageClock.nowMs());
    found.push(foundOf(inputs));
  }
  return { found, unreadableRows };
}

function foundOf(inputs: StatusInputs): Found {
  const lag = inputs.connector.enabled ? lagMs(inputs) : undefined;
  const idleMs = backfillIdleMs(inputs);
  return {
    inputs,
    derived: deriveStatus(inputs),
    lagSeconds: lag === undefined ? null : Math.round(lag / 1000),
    backfillIdleSeconds: idleMs === undefined ? null : Math.round(idleMs / 1000),
  };
}

function backfillIdleMs({ connector, backfill, facts, nowMs }: StatusInputs): number | undefined {
  if (!connector.enabled || backfill?.ledger.state !== 'Running') return undefined;
  const readAtMs = Math.max(backfill.ledger.startedAtMs, facts.backfillReadAtMs ?? 0);
  return Math.max(0, nowMs - readAtMs);
}

const isUnwell = ({ derived, lagSeconds, backfillIdleSeconds }: Found): boolean =>
  !['Connected', 'Disabled'].includes(derived.name) ||
  (lagSeconds ?? 0) > LATE_SECONDS ||
  (backfillIdleSeconds ?? 0) > STUCK_SECONDS;

const lineOf = ({ inputs, derived, lagSeconds, backfillIdleSeconds }: Found): LogLine => ({
  kind: 'connector',
  id: inputs.connector.id,
  status: derived.name,
  reason: derived.reason,
  lagSeconds,
  backfill: inputs.backfill?.ledger.state ?? null,
  backfillIdleSeconds,
});

function summaryOf(found: readonly Found[]) {
  const byStatus: Partial<Record<StatusName, number>> = {};
  for (const { derived } of found) byStatus[derived.name] = (byStatus[derived.name] ?? 0) + 1;
  const chains = found.flatMap(({ inputs: { live, backfill, earlier } }) =>
    [live, backfill?.ledger, ...(backfill?.open ?? []), ...earlier].filter((chain) => !!chain),
  );
  return {
    kind: 'summary' as const,
    connectors: found.length,
    byStatus,
    maxLagSeconds: Math.max(0, ...found.map(({ lagSeconds }) => lagSeconds ?? 0)),
    events: chains.reduce((sum, { events }) => sum + events, 0),
    requests: chains.reduce((sum, { requests }) => sum + requests, 0),
    throttled: found.reduce((sum, { inputs }) => sum + throttledThisHour(inputs), 0),
    stuckBackfills: found.filter(
      ({ backfillIdleSeconds }) => (backfillIdleSeconds ?? 0) > STUCK_SECONDS,
    ).length,
  };
}

const throttledThisHour = ({ rate, nowMs }: StatusInputs): number =>
  rate.throttled?.find(([hour]) => hour === Math.floor(nowMs / HOUR_MS))?.[1] ?? 0;

async function countDeadLetters({ sinkStores }: ReportDeps): Promise<number> {
  let rows = 0;
  for await (const _ of sinkStores.deadLetters.listPartitions('', AFTER_ALL_IDS, ['reason']))
    if (++rows === MOST_DEAD_LETTERS) break;
  return rows;
}

/** If the process dies in between, the change is logged again. */
async function tellChange(
  { status }: ReportDeps,
  { inputs: { connector, facts }, derived }: Found,
  write: (line: LogLine) => void,
): Promise<void> {
  const from = facts.toldStatus ?? null;
  const { name: to, reason } = derived;
  if (from === to) return;
  write({ kind: 'status', id: connector.id, from, to, reason });
  await status.merge(connector, { toldStatus: to });
}
