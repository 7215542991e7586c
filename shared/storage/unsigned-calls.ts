/**
 * Refusals of callers whom nobody knows, in the record (docs/contract.md, "Audit"). Anybody can
 * cause them, as fast as they like: the first is recorded at once, those of the next minute are
 * counted and recorded together, and so on while there are more. Each instance counts its own.
 */

import type { Clock } from '../clock.ts';
import type { ErrorCode } from '../errors.ts';
import { isoTime } from '../iso-time.ts';
import type { Audit } from './audit.ts';

const TOGETHER_MS = 60_000;

interface Refusal {
  code: ErrorCode;
  requestId: string;
}

export class UnsignedCalls {
  readonly #audit: Audit;
  readonly #clock: Clock;
  readonly #action: string;
  #isCounting = false;
  #unrecorded = 0;
  #latest: Refusal | undefined;

  constructor(audit: Audit, clock: Clock, action: string) {
    this.#audit = audit;
    this.#clock = clock;
    this.#action = action;
  }

  /** Throws when it is the first for a while and cannot be recorded. */
  async note(code: ErrorCode, requestId: string): Promise<void> {
    this.#latest = { code, requestId };
    if (this.#isCounting) {
      this.#unrecorded++;
      return;
    }
    this.#isCounting = true;
    try {
      await this.#record(this.#latest);
    } catch (error) {
      this.#isCounting = false;
      throw error;
    }
    void this.#recordLater();
  }

  async #recordLater(): Promise<void> {
    let sinceMs = this.#clock.nowMs();
    for (;;) {
      await this.#clock.sleep(TOGETHER_MS);
      const [count, latest] = [this.#unrecorded, this.#latest];
      if (count === 0 || !latest) break;
      this.#unrecorded = 0;
      try {
        await this.#record(latest, `${count} since ${isoTime(sinceMs)}`);
        sinceMs = this.#clock.nowMs();
      } catch {
        // They are recorded with the next ones.
        this.#unrecorded += count;
      }
    }
    this.#isCounting = false;
  }

  async #record({ code, requestId }: Refusal, detail?: string): Promise<void> {
    const who = { atMs: this.#clock.nowMs(), caller: 'unknown', action: this.#action };
    await this.#audit.record(
      { ...who, result: 'refused', code, ...(detail && { detail }) },
      requestId,
    );
  }
}
