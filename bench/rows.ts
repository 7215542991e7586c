/** Measures the rows of the report; compared clients are measured in alternation. */
import { contest } from './contest.ts';
import { contests, largeBackfill, slowOkta } from './contest-rows.ts';
import { idleRound } from './housekeeping.ts';
import { logBytesPerPoll } from './instance.ts';
import { loadingSeconds } from './loading.ts';
import { tickSeconds } from './polling.ts';
import { median, type Row, round, row } from './report.ts';
import { secondsToSink } from './rings.ts';
import type { Doing, Scale } from './scale.ts';
import { steady } from './steady.ts';
import { storedBytes } from './stored-bytes.ts';

const QUIET_EVENTS = 40;
const MANY_CONNECTORS = 10_000;
/** The latency of the storage for a round of housekeeping, and for a tick. */
const STORAGE_LATENCY_MS = 10;
const TICK_LATENCY_MS = 5;

export async function measureAll(scale: Scale, doing: Doing): Promise<Row[]> {
  const ofAnyScale = [...(await atLimits(scale, doing)), ...(await small(doing))];
  const ofItsScale = [
    ...(scale.isWhole ? [await isolated(doing)] : []),
    ...(await ofRings(scale, doing)),
    ...(await contests(scale, doing)),
    ...(await slowOkta(scale, doing)),
    ...(await largeBackfill(scale, doing)),
  ];
  const judged = scale.isWhole
    ? ofItsScale
    : ofItsScale.map((one) => ({ ...one, reached: undefined }));
  return [...ofAnyScale, ...judged];
}

async function atLimits({ minutes }: Scale, doing: Doing): Promise<Row[]> {
  const rows: Row[] = [];
  for (const limit of [10, 60, 600]) {
    doing(`${minutes} minutes at a limit of ${limit} in virtual time`);
    const { refused, share } = await steady(limit, minutes);
    const of = `${minutes} virtual minutes, another client takes a third, live beside it`;
    rows.push(row(`429s at ${limit} a minute`, '0', refused, refused === 0, of));
    if (limit >= 60)
      rows.push(row(`share of the spare limit, ${limit}`, '≥ 0.95', round(share), share >= 0.95));
  }
  return rows;
}

async function small(doing: Doing): Promise<Row[]> {
  doing('a quiet org');
  const quiet = await contest({ contestant: 'ours', events: QUIET_EVENTS });
  doing('1,000 idle connectors');
  const idle = await contest({ contestant: 'idle', events: 0 });
  // The first poll of each connector is not measured, the second is.
  const perPoll = idle.requests / idle.events - 1;
  doing('housekeeping of 10,000 idle connectors');
  const kept = await idleRound(MANY_CONNECTORS, STORAGE_LATENCY_MS);
  const each = kept.operations / kept.connectors;
  const ofRound = `${kept.operations} operations, with the report`;
  const { tableOperations: tables = Number.NaN, queueOperations: queues = Number.NaN } = idle;
  const logBytes = logBytesPerPoll(1);
  doing('a tick for 10,000 connectors');
  const seconds10000 = await tickSeconds(MANY_CONNECTORS, TICK_LATENCY_MS);
  doing('loading the app');
  const seconds = await loadingSeconds();
  doing('the stored size of an event');
  const stored = await storedBytes();
  return [
    row('requests, 40 events in 60 days', '≤ 12', quiet.requests, quiet.requests <= 12),
    row('requests per idle poll', '1', perPoll, perPoll === 1),
    row('1,000 idle connectors, seconds', '< 60', round(idle.seconds), idle.seconds < 60),
    row('housekeeping operations per idle connector', '≤ 0.1', round(each), each <= 0.1, ofRound),
    row(
      'housekeeping of 10,000 idle connectors, seconds',
      '≤ 10',
      round(kept.seconds),
      kept.seconds <= 10,
      `storage takes ${STORAGE_LATENCY_MS} ms`,
    ),
    row('table operations per idle poll', '≤ 4', round(tables), tables <= 4),
    row('queue operations per idle poll', '≤ 0.25', round(queues), queues <= 0.25),
    row('log bytes per idle poll, one connector', '≤ 100', logBytes, logBytes <= 100),
    row(
      'ticks for 10,000 due connectors, seconds',
      '≤ 5',
      round(seconds10000),
      seconds10000 <= 5,
      `storage takes ${TICK_LATENCY_MS} ms; the sum of its turns`,
    ),
    row('loading the bundle, seconds', '≤ 0.25', round(seconds), seconds <= 0.25, 'median of 7'),
    ...stored,
  ];
}

async function isolated(doing: Doing): Promise<Row> {
  doing('1,000 connectors, 60 of them unwell');
  const { longestGap = Number.NaN, events } = await contest({ contestant: 'isolation', events: 0 });
  return row(
    'longest gap of a healthy connector, in intervals',
    '≤ 1.5',
    round(longestGap),
    longestGap <= 1.5,
    `${events} polls; 20 take 12 s, 20 are throttled, 20 fail; interval 20 s`,
  );
}

async function ofRings({ rings }: Scale, doing: Doing): Promise<Row[]> {
  doing(`${rings} rings of an event hook`);
  const seconds = await secondsToSink(rings);
  const p95 = seconds[Math.ceil(0.95 * rings) - 1] ?? Number.NaN;
  const of = `median ${round(median(seconds))} s, ${rings} rings, poll interval 3600 s`;
  return [
    row('event in Okta to event in the sink, ring, p95 seconds', '≤ 5', round(p95), p95 <= 5, of),
  ];
}
