/** A round of housekeeping, with its report, over connectors without unfinished work. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../shared/clock.ts';
import { provision } from '../shared/connectors/provision.ts';
import type { Deps } from '../shared/deps.ts';
import { report } from '../shared/housekeeping/report.ts';
import { runHousekeeping } from '../shared/housekeeping/run-housekeeping.ts';
import { WRITES_FOR_MS } from '../shared/storage/unfinished.ts';
import { aConnector } from '../test/support/samples.ts';
import { memoryDeps } from './memory-deps.ts';

const HOUR_MS = 3_600_000;

export interface Round {
  connectors: number;
  /** Operations of table storage: requests, and pages of 1,000 rows. */
  operations: number;
  seconds: number;
}

const log = {
  failed: (what: string, error: unknown): never => {
    throw new Error(`housekeeping of ${what} failed`, { cause: error });
  },
  expired: () => {},
};

/** Each operation takes `latencyMs`. */
export async function idleRound(connectors: number, latencyMs: number): Promise<Round> {
  let nowMs = Date.now();
  let operations = 0;
  let isMeasured = false;
  const clock = { ...systemClock, nowMs: () => nowMs };
  const deps = memoryDeps(clock, async () => {
    operations++;
    if (isMeasured) await delay(latencyMs);
  });
  const round = async () => {
    await runHousekeeping(deps, log);
    await report(
      deps,
      async () => 0,
      () => {},
    );
  };
  for (let n = 0; n < connectors; n++) await connectIdle(deps, `c${n}`, nowMs);
  nowMs += WRITES_FOR_MS + HOUR_MS;
  // The first rounds remove the marks of the registrations, and log each status once.
  while ((await deps.connectors.unfinished.marks()).length > 0) await round();
  await round();
  isMeasured = true;
  operations = 0;
  const beganMs = performance.now();
  await round();
  return { connectors, operations, seconds: (performance.now() - beganMs) / 1000 };
}

/** A connector with a finished backfill. */
async function connectIdle(deps: Deps, id: string, nowMs: number): Promise<void> {
  const connector = aConnector({ id, orgId: `00o${id}`, connectedAtMs: nowMs });
  await deps.connectors.claim(connector);
  await provision(deps, connector);
  const cells = { state: 'Succeeded', endedAtMs: BigInt(nowMs) };
  await deps.checkpoints.commit(id, [{ kind: 'merge', key: 'backfill_0001', cells }]);
  await deps.status.merge(connector, { lastSuccessAtMs: nowMs, caughtUp: true });
}
