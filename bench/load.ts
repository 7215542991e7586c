/**
 * Load on the HTTP functions: the local stack with its demo org and a long backfill, then requests
 * for status and list at a fixed rate. It is an open loop: a slow reply does not delay the next
 * request, and latency counts from the due time of a request. `npm run bench:load -- [--seconds 30]
 * [--rate 200] [--json]`.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startStack } from './stack.ts';

/** At this limit and number of events the backfill takes many minutes. */
const DEMO = ['--demo-events', '100000', '--demo-limit', '12'];
const GIVE_UP_AFTER_MS = 20_000;
const TARGETS = { status: '/api/connectors/demo/status', list: '/api/connectors' };
type Target = keyof typeof TARGETS;

interface Sample {
  target: Target;
  latencyMs: number;
  ok: boolean;
}

async function send(url: string, target: Target, dueAtMs: number): Promise<Sample> {
  let ok = false;
  try {
    const signal = AbortSignal.timeout(GIVE_UP_AFTER_MS);
    const reply = await fetch(`${url}${TARGETS[target]}`, { signal });
    await reply.arrayBuffer();
    ok = reply.ok;
  } catch {
    // Counted as a failure.
  }
  return { target, latencyMs: performance.now() - dueAtMs, ok };
}

async function load(url: string, rate: number, seconds: number): Promise<Sample[]> {
  const startedAtMs = performance.now();
  const sent: Promise<Sample>[] = [];
  while (sent.length < rate * seconds) {
    const dueAtMs = startedAtMs + (sent.length * 1000) / rate;
    const aheadMs = dueAtMs - performance.now();
    if (aheadMs > 0) await delay(aheadMs);
    sent.push(send(url, sent.length % 2 === 0 ? 'status' : 'list', dueAtMs));
  }
  return await Promise.all(sent);
}

function summary(samples: readonly Sample[]) {
  const sorted = samples.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return {
    requests: samples.length,
    failures: samples.filter(({ ok }) => !ok).length,
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    rate: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
});
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
if (!(seconds > 0 && rate > 0)) throw new Error('--seconds and --rate are numbers above 0');

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-load-'));
const stack = await startStack(dataDir, DEMO);
try {
  const samples = await load(stack.url, rate, seconds);
  const status = await (await fetch(`${stack.url}${TARGETS.status}`)).json();
  const { backfill } = status as { backfill: { state: string } };
  const rows = {
    ...Object.fromEntries(
      Object.entries(Object.groupBy(samples, ({ target }) => target)).map(([name, some]) => [
        name,
        summary(some),
      ]),
    ),
    all: summary(samples),
  };
  const found = { rate, seconds, backfill: backfill.state, ...rows };
  const print = (line: string) => process.stdout.write(`${line}\n`);
  if (values.json) print(JSON.stringify(found));
  else {
    print(`${rate} requests a second for ${seconds} s, the backfill is ${backfill.state}`);
    const names = Object.keys(rows.all);
    print(['', ...names].map((name) => name.padStart(10)).join(''));
    for (const [name, row] of Object.entries(rows))
      print([name, ...Object.values(row)].map((cell) => String(cell).padStart(10)).join(''));
  }
} finally {
  await stack.stop();
  fs.rmSync(dataDir, { recursive: true });
}
