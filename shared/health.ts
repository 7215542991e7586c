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

export class HealthChecker {
  readonly #checks: Record<string, () => Promise<unknown>>;
  readonly #clock: Clock;
  #isCold = true;
  #kept: { atMs: number; health: Promise<Health> } | undefined;

  /** A check fails when it throws or exceeds its time. */
  constructor(checks: Record<string, () => Promise<unknown>>, clock: Clock) {
    this.#checks = checks;
    this.#clock = clock;
  }

  async check(): Promise<Health> {
    const nowMs = this.#clock.nowMs();
    if (!this.#kept || nowMs - this.#kept.atMs >= KEEP_MS)
      this.#kept = { atMs: nowMs, health: this.#run() };
    return await this.#kept.health;
  }

  /** Whether a check passes. */
  async passes(name: string): Promise<boolean> {
    const { checks } = await this.check();
    return checks.some((check) => check.name === name && check.ok);
  }

  async #run(): Promise<Health> {
    const checks = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) => ({
        name,
        ...(await this.#resultOf(check)),
      })),
    );
    this.#isCold = false;
    return { status: checks.every(({ ok }) => ok) ? 'ok' : 'unavailable', checks };
  }

  async #resultOf(check: () => Promise<unknown>): Promise<{ ok: boolean }> {
    const done = new AbortController();
    const deadlineMs = this.#isCold ? COLD_DEADLINE_MS : DEADLINE_MS;
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
