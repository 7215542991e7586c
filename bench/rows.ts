/** Measures the rows of the report; compared clients are measured in alternation. */
import { contest, type Outcome, type Task } from './contest.ts';
import { type Exported, exportAll } from './export.ts';
import { idleRound } from './housekeeping.ts';
import { loadingSeconds } from './loading.ts';
import { tickSeconds } from './polling.ts';
import { median, type Row, round, row } from './report.ts';
import { secondsToSink } from './rings.ts';
import { steady } from './steady.ts';
import { storedBytes } from './stored-bytes.ts';

export interface Scale {
  /** Events of the large backfill, and of the backfill that it is compared with. */
  large: number;
  small: number;
  /** Events and rounds of the contests between the product, the plain loop and the ceiling. */
  contest: number;
  rounds: number;
  /** Events of the contest with slow pages. */
  slowOkta: number;
  /** Virtual minutes of a steady state. */
  minutes: number;
  /** Rings of an event hook. */
  rings: number;
  /**
   * Whether the scale is that of the targets: otherwise figures that depend on it are not judged.
   */
  isWhole: boolean;
}

export const FULL: Scale = {
  large: 1_000_000,
  small: 100_000,
  contest: 100_000,
  rounds: 3,
  slowOkta: 100_000,
  minutes: 60,
  rings: 24,
  isWhole: true,
};
/** Under two minutes. */
export const QUICK: Scale = {
  large: 40_000,
  small: 20_000,
  contest: 15_000,
  rounds: 1,
  slowOkta: 15_000,
  minutes: 15,
  rings: 4,
  isWhole: false,
};

const OKTA_LATENCY_MS = 500;
const QUIET_EVENTS = 40;
const MANY_CONNECTORS = 10_000;
/** The latency of the storage for a round of housekeeping, and for a tick. */
const STORAGE_LATENCY_MS = 10;
const TICK_LATENCY_MS = 5;
const MILLION = 1_000_000;

type Doing = (what: string) => void;

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

async function contests({ contest: events, rounds }: Scale, doing: Doing): Promise<Row[]> {
  const runs: Record<'ours' | 'plain' | 'ceiling', Outcome[]> = {
    ours: [],
    plain: [],
    ceiling: [],
  };
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of ['ours', 'ceiling', 'plain'] as const) {
      doing(`${contestant}, ${events} events, round ${round} of ${rounds}`);
      runs[contestant].push(await contest({ contestant, events }));
    }
  }
  const speed = (who: keyof typeof runs) => median(runs[who].map(perSecond));
  const cpu = (who: keyof typeof runs) => median(runs[who].map(cpuPerMillion));
  const [ours, plain, ceiling] = [speed('ours'), speed('plain'), speed('ceiling')];
  const ofSpeed = (other: number) => `${Math.round(ours)} / ${Math.round(other)} events a second`;
  const cpuRatio = cpu('ours') / cpu('plain');
  const ofCpu = `${round(cpu('ours'))} / ${round(cpu('plain'))} s`;
  return [
    row(
      'speed against the ceiling',
      '≥ 1.1',
      round(ours / ceiling),
      ours / ceiling >= 1.1,
      ofSpeed(ceiling),
    ),
    row(
      'speed against the plain loop',
      '≥ 1.5',
      round(ours / plain),
      ours / plain >= 1.5,
      ofSpeed(plain),
    ),
    row(
      'CPU against the plain loop',
      '≤ 0.75',
      round(cpuRatio),
      cpuRatio <= 0.75,
      `${ofCpu} per million`,
    ),
  ];
}

async function slowOkta({ slowOkta: events }: Scale, doing: Doing): Promise<Row[]> {
  const run = async (contestant: Task['contestant']) => {
    doing(`${contestant}, ${events} events, Okta takes ${OKTA_LATENCY_MS} ms`);
    return perSecond(await contest({ contestant, events, latencyMs: OKTA_LATENCY_MS }));
  };
  const [ours, plain] = [await run('ours'), await run('plain')];
  const of = `${Math.round(ours)} / ${Math.round(plain)} events a second`;
  return [
    row('the same, Okta taking 500 ms a page', '≥ 3', round(ours / plain), ours / plain >= 3, of),
  ];
}

async function largeBackfill({ large, small }: Scale, doing: Doing): Promise<Row[]> {
  const run = async (events: number): Promise<Outcome & { exported: Exported }> => {
    doing(`a backfill of ${events} events`);
    let exported: Exported | undefined;
    const outcome = await contest({ contestant: 'ours', events }, async (ingested) => {
      doing(`an export of ${events} events`);
      exported = await exportAll(ingested);
    });
    if (exported?.rows !== outcome.events)
      throw new Error(`${exported?.rows} of ${outcome.events} events were exported`);
    return { ...outcome, exported };
  };
  const [few, many] = [await run(small), await run(large)];
  const perThousand = ({ requests, events }: Outcome) => (requests * 1000) / events;
  return [
    row(
      `requests per 1,000, ${small} events`,
      '≤ 1.06',
      round(perThousand(few)),
      perThousand(few) <= 1.06,
    ),
    row(
      `requests per 1,000, ${large} events`,
      '≤ 1.02',
      round(perThousand(many)),
      perThousand(many) <= 1.02,
    ),
    memory(`peak memory, ${large} against ${small}`, many, few),
    memory('peak memory of an export of as many', many.exported, few.exported),
  ];
}

function memory(
  what: string,
  { peakMegabytes: large }: Pick<Outcome, 'peakMegabytes'>,
  { peakMegabytes: small }: Pick<Outcome, 'peakMegabytes'>,
): Row {
  const ratio = large / small;
  const of = `${Math.round(large)} / ${Math.round(small)} MB`;
  return row(what, '≤ 1.1', round(ratio), ratio <= 1.1, of);
}

const perSecond = ({ events, seconds }: Outcome) => events / seconds;
const cpuPerMillion = ({ events, cpuSeconds }: Outcome) => (cpuSeconds * MILLION) / events;
