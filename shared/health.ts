/** Checks storage and vault, for load balancers (docs/contract.md, "Health"). */
import type { Clock } from './clock.ts';
import type { HealthState } from './enumerations.ts';

export interface Health {
  status: HealthState;
  checks: { name: string; ok: boolean; lastTickSeconds?: number; oldestOverdueSeconds?: number }[];
}

/**
 * The age of the poll timer's last run, and the longest delay among the connectors that it found due.
 */
export class TimerAges {
  readonly ok: boolean;
  readonly lastTickSeconds: number;
  readonly oldestOverdueSeconds: number;

  /** A tick is too old after three periods of the schedule, but not before 15 minutes. */
  constructor(
    { atMs, nextInMs, oldestOverdueMs }: Record<'atMs' | 'nextInMs' | 'oldestOverdueMs', number>,
    nowMs: number,
  ) {
    const ageMs = Math.max(0, nowMs - atMs);
    const longestMs = Math.max(LONGEST_SILENCE_MS, 3 * nextInMs);
    this.ok = ageMs <= longestMs && oldestOverdueMs <= longestMs;
    this.lastTickSeconds = Math.round(ageMs / 1000);
    this.oldestOverdueSeconds = Math.round(oldestOverdueMs / 1000);
  }
}

const LONGEST_SILENCE_MS = 15 * 60_000;
const DEADLINE_MS = 1_500;
/**
 * The first result of a process takes longer, because connections must be opened and tokens requested.
 */
const COLD_DEADLINE_MS = 4_500;
const KEEP_MS = 10_000;

type CheckResult = Omit<Health['checks'][number], 'name'>;

export class HealthChecker {
  readonly #checks: Record<string, () => Promise<unknown>>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, { atMs: number; result: Promise<CheckResult> }>();

  /** A check fails when it throws or exceeds its time. */
  constructor(checks: Record<string, () => Promise<unknown>>, clock: Clock) {
    this.#checks = checks;
    this.#clock = clock;
  }

  async check(): Promise<Health> {
    const checks = await Promise.all(
      Object.keys(this.#checks).map(async (name) => ({ name, ...(await this.#resultOf(name)) })),
    );
    return { status: checks.every(({ ok }) => ok) ? 'ok' : 'unavailable', checks };
  }

  /** Whether a check passes. The other checks are not run for it. */
  async passes(name: string): Promise<boolean> {
    return (await this.#resultOf(name)).ok;
  }

  async #resultOf(name: string): Promise<CheckResult> {
    const nowMs = this.#clock.nowMs();
    const kept = this.#kept.get(name);
    if (kept && nowMs - kept.atMs < KEEP_MS) return await kept.result;
    const result = this.#run(name, kept ? DEADLINE_MS : COLD_DEADLINE_MS);
    this.#kept.set(name, { atMs: nowMs, result });
    return await result;
  }

  async #run(name: string, deadlineMs: number): Promise<CheckResult> {
    const check = this.#checks[name];
    if (!check) return { ok: false };
    const done = new AbortController();
    const tooLate = this.#clock.sleep(deadlineMs, done.signal).then(() => ({ ok: false }));
    const passed = check().then(
      // A check without figures reports only that it passes.
      (found) => (found instanceof TimerAges ? { ...found } : { ok: true }),
      () => ({ ok: false }),
    );
    tooLate.catch(() => {});
    const result = await Promise.race([passed, tooLate]);
    done.abort();
    return result;
  }
}
