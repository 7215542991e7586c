/** Rows of contests: the product against other clients, and a large backfill against a small one. */
import { contest, type Outcome, type Task } from './contest.ts';
import { type Exported, exportAll } from './export.ts';
import { median, type Row, round, row } from './report.ts';
import type { Doing, Scale } from './scale.ts';

const OKTA_LATENCY_MS = 500;
const MILLION = 1_000_000;

export async function contests({ contest: events, rounds }: Scale, doing: Doing): Promise<Row[]> {
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

export async function slowOkta({ slowOkta: events }: Scale, doing: Doing): Promise<Row[]> {
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

export async function largeBackfill({ large, small }: Scale, doing: Doing): Promise<Row[]> {
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
