/** What an idle deployment costs a month, by the number of connectors. */
import fs from 'node:fs';
import { provision } from '../shared/connectors/provision.ts';
import { aConnector } from '../test/support/samples.ts';
import { idleRound } from './housekeeping.ts';
import { Instance, MESSAGES_AT_ONCE } from './instance.ts';
import { memoryDeps } from './memory-deps.ts';

const prices = JSON.parse(fs.readFileSync('bench/prices.json', 'utf8'));

const SIZES = [1, 100, 1_000, 10_000];
/** Above this number, the operations grow in proportion. */
const MOST_MEASURED = 1_000;
const HOURS = 730;
const MINUTES = HOURS * 60;
const ROUNDS = HOURS * 12;
const SECONDS = HOURS * 3600;

/** Assumptions, named in docs/cost.md. */
const SECONDS_OF_A_POLL = 0.5;
const SHORTEST_BILLED_SECONDS = 1;
const SECONDS_OF_A_ROUND = 2;
const INSTANCE_GB = 0.5;
/** Two queue triggers ask every two seconds, the scale controller asks seven queues every ten. */
const FIXED_QUEUE_OPERATIONS = SECONDS * (2 / 2 + 7 / 10);
const TICK_BYTES = 150;
const SUMMARY_BYTES = 350;
/** Each timer renews its lease and writes its state in a blob. */
const BLOB_WRITES = MINUTES + ROUNDS;
const PROCESSES_A_MONTH = 30;

interface Minute {
  tables: number;
  queues: number;
  messages: number;
}

/** One minute of idle connectors: the tick, and a poll of each. */
async function idleMinute(connectors: number): Promise<Minute> {
  let nowMs = Date.parse('2026-11-25T12:00:00.000Z');
  let tables = 0;
  const clock = { nowMs: () => nowMs, sleep: () => new Promise<void>(() => {}) };
  const transport = { send: async () => emptyPage(nowMs) };
  const deps = memoryDeps(clock, () => void tables++, transport);
  const instance = new Instance(deps);
  const minute = async () => {
    nowMs += 60_000;
    await instance.tick();
    await instance.idle();
  };
  for (let n = 0; n < connectors; n++) {
    const connector = aConnector({ id: `c${n}`, orgId: `00o${n}`, backfillDays: 0 });
    await deps.connectors.claim(connector);
    await provision(deps, connector);
  }
  // The history shows the first idle poll of an hour.
  for (let n = 0; n < 3; n++) await minute();
  tables = 0;
  instance.messages = 0;
  await minute();
  const { messages, queueOperations: queues } = instance;
  return { tables, queues, messages };
}

const emptyPage = (nowMs: number) => ({
  kind: 'reply' as const,
  status: 200,
  headers: { 'content-type': 'application/json', date: new Date(nowMs).toUTCString() },
  body: Buffer.from('[]'),
  receivedAtMs: nowMs,
});

/** In dollars a month. */
async function costOf(connectors: number) {
  const measured = Math.min(connectors, MOST_MEASURED);
  const scale = connectors / measured;
  const minute = await idleMinute(measured);
  const round = await idleRound(measured, 0);
  const messages = minute.messages * scale;
  const tables = scale * (minute.tables * MINUTES + round.operations * ROUNDS);
  const queues = scale * minute.queues * MINUTES + FIXED_QUEUE_OPERATIONS;
  const pollSeconds = Math.max(
    SHORTEST_BILLED_SECONDS,
    Math.ceil(messages / MESSAGES_AT_ONCE) * SECONDS_OF_A_POLL,
  );
  const tickAndPolls = (SHORTEST_BILLED_SECONDS + pollSeconds) * MINUTES;
  const gbSeconds = INSTANCE_GB * (tickAndPolls + SECONDS_OF_A_ROUND * ROUNDS);
  const runs = MINUTES * (1 + messages) + ROUNDS;
  const logGb = (MINUTES * TICK_BYTES + ROUNDS * SUMMARY_BYTES) / 1e9;
  const per10000 = (count: number, price: number) => (count / 10_000) * price;
  const over = (used: number, free: number) => Math.max(0, used - free);
  const items = {
    runs: (over(runs, prices.freeRuns) / 1e6) * prices.perMillionRuns,
    time: over(gbSeconds, prices.freeGbSeconds) * prices.perGbSecond,
    tables: per10000(tables, prices.per10000TableOperations),
    queues: per10000(queues, prices.per10000QueueOperations),
    blobs: per10000(BLOB_WRITES, prices.per10000BlobWrites),
    vault: per10000(connectors * PROCESSES_A_MONTH, prices.per10000VaultOperations),
    log: over(logGb, prices.freeGbLog) * prices.perGbLog,
    alerts: prices.alerts as number,
  };
  return { ...items, sum: Object.values(items).reduce((total, one) => total + one, 0) };
}

const COLUMNS = {
  runs: 'runs',
  time: 'function time',
  tables: 'tables',
  queues: 'queues',
  blobs: 'timers',
  vault: 'vault',
  log: 'log',
  alerts: 'alerts',
  sum: '**sum**',
} as const;

const dollars = (amount: number): string => (amount >= 10 ? amount.toFixed(0) : amount.toFixed(2));

/** The table of docs/cost.md. */
export async function costTable(): Promise<string> {
  const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];
  const rows = [
    ['connectors', ...Object.values(COLUMNS)],
    ['---:', ...names.map(() => '---:')],
  ];
  for (const size of SIZES) {
    const cost = await costOf(size);
    rows.push([size.toLocaleString('en-US'), ...names.map((name) => dollars(cost[name]))]);
  }
  const { asOf, region, sources } = prices;
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  return `${table}\n\nPrices: ${region}, as noted on ${asOf}; check them at ${sources.map((url: string) => `<${url}>`).join(', ')}.\n`;
}
