/** The status page (api.md §4), put together from what the runs wrote down (pure). */
import { estimatedMsLeft, percentComplete } from '../backfill/progress.ts';
import { isRetryable, type Problem } from '../errors.ts';
import { needsAPerson } from '../ingest/live-outcome.ts';
import type { Counts } from '../sink/counts.ts';
import type {
  BackfillLedger,
  Counters,
  LivePosition,
  SlicePosition,
  TimeRange,
} from '../storage/checkpoints.ts';
import type { Connector } from '../storage/connectors.ts';
import { isLeased } from '../storage/lease.ts';
import type { RateFacts, StatusFacts } from '../storage/status-facts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A token dies after 30 idle days; every call keeps it alive (facts/okta.md §1.6). */
const TOKEN_LIFE_MS = 30 * DAY_MS;
const DISCONNECTED_AFTER_MS = 2 * HOUR_MS;
/** Live is late when it is behind by more than this many poll intervals. */
const LATE_INTERVALS = 10;

export interface StatusSources {
  connector: Connector;
  facts: StatusFacts;
  rate: RateFacts;
  live: LivePosition | undefined;
  backfill: { ledger: BackfillLedger; open: SlicePosition[] } | undefined;
  /** Sums over all backfills but the latest's open slices. */
  counts: Counts;
  nowMs: number;
}

export type StatusWord =
  | 'Disabled'
  | 'ActionRequired'
  | 'Connecting'
  | 'Disconnected'
  | 'Degraded'
  | 'Connected';

const iso = (ms: number | undefined): string | null =>
  ms === undefined || ms === 0 ? null : new Date(ms).toISOString();

/** The last error, unless it is about an earlier registration or credential. */
function currentError({ connector, facts }: Pick<StatusSources, 'connector' | 'facts'>) {
  const error = facts.lastError;
  if (!error || error.registration !== connector.registration) return undefined;
  const ofOtherToken = error.secretVersion !== connector.secretVersion;
  return ofOtherToken && needsAPerson(error.problem) ? undefined : error;
}

export function statusWord(sources: Omit<StatusSources, 'counts'>): {
  word: StatusWord;
  reason: string | null;
} {
  const { connector, facts, backfill, nowMs } = sources;
  if (!connector.enabled) return { word: 'Disabled', reason: 'disabled' };
  const error = currentError(sources);
  if (error && needsAPerson(error.problem))
    return { word: 'ActionRequired', reason: error.problem.code };
  const reason = error?.problem.code ?? null;
  if (facts.lastSuccessAtMs === undefined)
    return { word: 'Connecting', reason: reason ?? 'firstPoll' };
  if (nowMs - facts.lastSuccessAtMs > DISCONNECTED_AFTER_MS)
    return { word: 'Disconnected', reason: reason ?? 'noSuccess' };
  const lag = lagMs(sources) ?? 0;
  if (lag > LATE_INTERVALS * connector.pollIntervalSeconds * 1000)
    return { word: 'Degraded', reason: reason ?? 'liveLate' };
  if (backfill?.ledger.state === 'Failed') return { word: 'Degraded', reason: 'backfillFailed' };
  return { word: 'Connected', reason: null };
}

/** While caught up, the age of the last poll that reached the end; else of the newest event read. */
function lagMs({
  facts,
  live,
  nowMs,
}: Pick<StatusSources, 'facts' | 'live' | 'nowMs'>): number | undefined {
  if (!live) return undefined;
  const readToMs = facts.caughtUp ? live.caughtUpAtMs : live.newestPublishedMs;
  return readToMs === undefined ? undefined : Math.max(0, nowMs - readToMs);
}

export function statusOf(sources: StatusSources) {
  const { connector, facts, live, backfill, nowMs } = sources;
  const { word, reason } = statusWord(sources);
  const error = currentError(sources);
  const verified =
    facts.verifiedVersion === connector.secretVersion ? facts.verifiedAtMs : undefined;
  return {
    id: connector.id,
    status: word,
    statusReason: reason,
    since: sinceOf(word, connector, facts),
    connectedAt: connector.createdAt,
    connectedBy: connector.createdBy,
    credential: {
      kind: 'apiToken',
      lastVerifiedAt: iso(verified),
      expiresIfIdleAt: iso(verified && verified + TOKEN_LIFE_MS),
    },
    live: live ? liveView(sources, live) : null,
    backfill: backfill ? backfillView(backfill.ledger, backfill.open, nowMs) : null,
    rateLimit: rateView(sources),
    counts: countsView(sources),
    gaps: gapsOf(sources),
    lastError: error ? errorView(error.problem, error.atMs) : null,
  };
}

/** Since when the status is what it is, as far as the facts tell. */
function sinceOf(word: StatusWord, connector: Connector, facts: StatusFacts): string | null {
  switch (word) {
    case 'Disabled':
      return connector.updatedAt;
    case 'Connecting':
      return connector.createdAt;
    case 'ActionRequired':
      return iso(facts.failingSinceMs);
    case 'Disconnected':
      return iso((facts.lastSuccessAtMs ?? 0) + DISCONNECTED_AFTER_MS);
    default:
      return iso(facts.wellSinceMs);
  }
}

function liveView(sources: StatusSources, live: LivePosition) {
  const { connector, facts, rate, nowMs } = sources;
  const lag = lagMs(sources);
  const state = () => {
    if (!connector.enabled || statusWord(sources).word === 'ActionRequired') return 'stopped';
    if (isLeased(live, nowMs)) return 'running';
    if ((rate.throttledUntilMs ?? 0) > nowMs) return 'throttled';
    return live.failures > 0 ? 'backingOff' : 'idle';
  };
  return {
    state: state(),
    lastAttemptAt: iso(facts.lastAttemptAtMs),
    lastSuccessAt: iso(facts.lastSuccessAtMs),
    nextRunAt: connector.enabled ? iso(facts.dueAtMs) : null,
    lastEventAt: iso(facts.lastEventAtMs),
    lagSeconds: lag === undefined ? null : Math.round(lag / 1000),
    caughtUp: facts.caughtUp ?? false,
    events: live.events,
    pages: live.pages,
    consecutiveFailures: live.failures,
    cursorResets: live.cursorResets,
  };
}

export function backfillView(ledger: BackfillLedger, open: SlicePosition[], nowMs: number) {
  const sum = (name: keyof Counters) =>
    open.reduce((total, slice) => total + slice[name], ledger[name]);
  const left = estimatedMsLeft(ledger, open, nowMs);
  return {
    id: ledger.backfillId,
    state: ledger.state,
    mode: ledger.mode,
    from: iso(ledger.fromMs),
    to: iso(ledger.toMs),
    percentComplete: percentComplete(ledger, open),
    events: sum('events'),
    pages: sum('pages'),
    requests: sum('requests'),
    missing: null,
    slicesDone: ledger.slicesDone,
    slicesActive: open.length,
    estimatedSecondsLeft: left === undefined ? null : Math.round(left / 1000),
    startedAt: iso(ledger.startedAtMs),
    endedAt: iso(ledger.endedAtMs),
  };
}

function rateView({ rate, nowMs }: StatusSources) {
  const hour = Math.floor(nowMs / HOUR_MS);
  const throttled = (rate.throttled ?? []).filter(([at]) => at > hour - 24);
  return {
    limit: rate.limit ?? null,
    remaining: rate.remaining ?? null,
    resetAt: iso(rate.resetAtMs),
    throttledUntil: (rate.throttledUntilMs ?? 0) > nowMs ? iso(rate.throttledUntilMs) : null,
    count429Last24h: throttled.reduce((total, [, count]) => total + count, 0),
  };
}

function countsView({ counts, live, backfill }: StatusSources) {
  const chains = [live, backfill?.ledger, ...(backfill?.open ?? [])].filter((one) => !!one);
  return {
    asOf: iso(counts.asOfMs),
    stored: counts.stored,
    duplicatesDropped: chains.reduce((total, one) => total + one.duplicates, 0),
    variants: chains.reduce((total, one) => total + one.variants, 0),
    deadLettered: counts.deadLettered,
    perDay: counts.perDay,
  };
}

function gapsOf({ live, backfill }: StatusSources) {
  const view = (reason: string) => (range: TimeRange) => ({
    from: iso(range.fromMs),
    to: iso(range.toMs),
    reason,
  });
  return [
    ...(live?.gaps ?? []).map(view('outage')),
    ...(backfill?.ledger.gaps ?? []).map(view('retention')),
  ];
}

function errorView({ code, message, remedy, innererror }: Problem, atMs: number) {
  return {
    code,
    message,
    remedy: remedy ?? null,
    at: iso(atMs),
    retryable: isRetryable(code),
    ...(innererror ? { innererror } : {}),
  };
}
