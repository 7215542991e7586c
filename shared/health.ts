/** Checks storage and vault, for load balancers (docs/contract.md, "Health"). */
import type { Clock } from './clock.ts';
import type { HealthState } from './enumerations.ts';

export interface Health {
  status: HealthState;
  checks: { name: string; ok: boolean }[];
}

const DEADLINE_MS = 1_500;
const KEEP_MS = 10_000;

export class HealthChecker {
  readonly #checks: Record<string, () => Promise<unknown>>;
  readonly #clock: Clock;
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

  async #run(): Promise<Health> {
    const checks = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) => ({
        name,
        ok: await this.#passes(check),
      })),
    );
    return { status: checks.every(({ ok }) => ok) ? 'ok' : 'unavailable', checks };
  }

  async #passes(check: () => Promise<unknown>): Promise<boolean> {
    const done = new AbortController();
    const tooLate = this.#clock.sleep(DEADLINE_MS, done.signal).then(() => false);
    const passed = check().then(
      () => true,
      () => false,
    );
    tooLate.catch(() => {});
    const ok = await Promise.race([passed, tooLate]);
    done.abort();
    return ok;
  }
}
