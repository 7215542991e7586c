/** A contestant: ingests 60 days of an org's log, and reports time, CPU and memory. */
import { ceiling } from './ceiling.ts';
import type { ContestInput, Measured } from './contest-input.ts';
import { ours } from './ours.ts';
import { plain } from './plain.ts';
import { idle, isolation } from './polling.ts';

const { contestant, ...input } = JSON.parse(process.argv[2] ?? '{}');
const contestants: Record<string, (input: ContestInput) => Promise<() => Promise<Measured>>> = {
  ours,
  plain,
  ceiling,
  idle,
  isolation,
};

process.send?.({ ready: '' });
// The preparation of a contestant is not measured.
const run = await contestants[contestant]?.(input);
globalThis.gc?.();
const [startedAtMs, cpuBefore] = [performance.now(), process.cpuUsage()];
const measured = await run?.();
const { user, system } = process.cpuUsage(cpuBefore);
process.send?.({
  ...measured,
  seconds: (performance.now() - startedAtMs) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
});
