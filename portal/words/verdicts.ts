/** The three answers that each connector gives: is it late, complete, and is anything lost? (pure) */
import type { Backfill, Status, Summary } from '../api/types.ts';
import { ago, clock, count, counted, duration, percent, secondsSince, until } from './amounts.ts';
import type { Tone } from './status-words.ts';

export interface Verdict {
  word: string;
  detail: string;
  tone: Tone;
}

/** The part of a summary that both the list and the connector's own page have. */
export type LiveFacts = Pick<Status, 'status'> &
  Pick<Summary, 'since' | 'lagSeconds' | 'caughtUp' | 'lastSuccessAt' | 'nextRunAt' | 'live'> & {
    throttledUntil?: string | null;
    lastError: { code: string; message?: string } | null;
  };

export const liveFactsOf = (status: Status): LiveFacts => ({
  status: status.status,
  since: status.since,
  lagSeconds: status.live?.lagSeconds ?? null,
  caughtUp: status.live?.caughtUp ?? false,
  lastSuccessAt: status.live?.lastSuccessAt ?? null,
  nextRunAt: status.live?.nextRunAt ?? null,
  live: status.live?.state ?? null,
  throttledUntil: status.rateLimit.throttledUntil,
  lastError: status.lastError,
});

export function liveVerdict(facts: LiveFacts, nowMs: number): Verdict {
  const { status, since, lastSuccessAt, nextRunAt, lastError } = facts;
  const next =
    nextRunAt && Date.parse(nextRunAt) > nowMs ? `next in ${until(nextRunAt, nowMs)}` : '';
  const stopped = lastSuccessAt ?? since;
  switch (status) {
    case 'Disabled':
      return { word: 'Paused', detail: since ? `since ${ago(since, nowMs)}` : '', tone: 'off' };
    case 'ActionRequired':
      return {
        word: stopped ? `Stopped ${ago(stopped, nowMs)}` : 'Stopped',
        detail: next && `Okta is asked again in ${until(nextRunAt ?? '', nowMs)}`,
        tone: 'bad',
      };
    case 'Connecting':
      return {
        word: 'Asking Okta',
        detail: lastError?.message ?? 'No poll has succeeded yet.',
        tone: 'busy',
      };
    case 'Disconnected':
      return {
        word: lastSuccessAt ? `No answer since ${clock(lastSuccessAt)}` : 'No answer',
        detail: `retries automatically${next && `, ${next}`}`,
        tone: 'bad',
      };
    default:
      return runningVerdict(facts, next, nowMs);
  }
}

function runningVerdict(facts: LiveFacts, next: string, nowMs: number): Verdict {
  const { lagSeconds, caughtUp, lastSuccessAt, nextRunAt, throttledUntil, live, status } = facts;
  const polled = lastSuccessAt ? `poll ${ago(lastSuccessAt, nowMs)}` : '';
  const detail = [polled, next].filter((text) => text).join(', ');
  const goesOnAt = throttledUntil ?? nextRunAt;
  if (live === 'throttled' && goesOnAt)
    return {
      word: 'Waiting for Okta’s limit',
      detail: `goes on ${clock(goesOnAt)}`,
      tone: 'good',
    };
  if (caughtUp && status === 'Connected') return { word: 'Up to date', detail, tone: 'good' };
  if (lagSeconds === null) return { word: 'Asking Okta', detail, tone: 'busy' };
  const tone = status === 'Degraded' && !caughtUp ? 'warn' : 'good';
  return caughtUp
    ? { word: 'Up to date', detail, tone }
    : { word: `${duration(lagSeconds)} behind`, detail, tone };
}

type BackfillFacts = Pick<Backfill, 'state' | 'percentComplete' | 'estimatedSecondsLeft'> &
  Partial<Pick<Backfill, 'mode' | 'missing' | 'from' | 'to'>>;

const ENDS: Partial<Record<BackfillFacts['state'], string>> = {
  Failed: 'failed',
  Canceled: 'was canceled',
};

const left = (seconds: number | null): string =>
  seconds === null ? '' : `about ${duration(seconds)} left`;

/**
 * `backfillDays` is the configured length of the history; `notComplete`, how many days of it are not
 * complete, where that is known: the last backfill may have been about a part of it.
 */
export function historyVerdict(
  backfill: BackfillFacts | null,
  backfillDays: number,
  notComplete?: number,
): Verdict {
  if (!backfill)
    return backfillDays === 0
      ? { word: 'From the connection on', detail: 'no days before were asked for', tone: 'off' }
      : {
          word: 'Waiting',
          detail: `${counted(backfillDays, 'day')} before the connection`,
          tone: 'busy',
        };
  const { state, percentComplete, estimatedSecondsLeft, mode, missing } = backfill;
  const isVerified = state === 'Succeeded' && mode === 'verify';
  if (backfillDays > 0 && notComplete === 0 && state !== 'Running' && !isVerified)
    return {
      word: `${counted(backfillDays, 'day')} complete`,
      detail: ENDS[state] ? `the last backfill ${ENDS[state]} at ${percent(percentComplete)}` : '',
      tone: 'good',
    };
  switch (state) {
    case 'Succeeded':
      return isVerified
        ? {
            word: `Verified: ${count(missing ?? 0)} missing`,
            detail: 'read again and compared',
            tone: 'good',
          }
        : notComplete
          ? { word: `${counted(notComplete, 'day')} not complete`, detail: '', tone: 'warn' }
          : { word: 'Backfill complete', detail: '', tone: 'good' };
    case 'Failed':
      return {
        word: 'Not complete',
        detail: `stopped at ${percent(percentComplete)}`,
        tone: 'warn',
      };
    case 'Canceled':
      return { word: 'Backfill canceled', detail: `at ${percent(percentComplete)}`, tone: 'off' };
    default:
      return {
        word:
          mode === 'verify' ? `Verifying, ${percent(percentComplete)}` : percent(percentComplete),
        detail: left(estimatedSecondsLeft),
        tone: 'good',
      };
  }
}

export function lostVerdict({ gaps, counts }: Pick<Status, 'gaps' | 'counts'>): Verdict {
  const detail = `${count(counts.stored)} stored, ${count(counts.deadLettered)} set aside`;
  if (gaps.length === 0) return { word: 'Nothing', detail, tone: 'good' };
  const seconds = gaps.reduce((sum, { from, to }) => sum + secondsSince(from, Date.parse(to)), 0);
  return { word: `${duration(seconds)} in ${counted(gaps.length, 'gap')}`, detail, tone: 'warn' };
}
