/**
 * Okta's bucket of `/api/v1/logs`: a number of requests per token and calendar minute (docs/okta.md,
 * "Limit headers").
 */

const WINDOW_MS = 60_000;

export interface Taken {
  allowed: boolean;
  headers: Record<string, string>;
}

export class RateLimiter {
  limitPerMinute: number;
  readonly #used = new Map<string, { window: number; count: number }>();

  constructor(limitPerMinute: number) {
    this.limitPerMinute = limitPerMinute;
  }

  /** One request of this token; refused requests are not counted. */
  take(token: string, nowMs: number): Taken {
    const used = this.#window(token, nowMs);
    const allowed = used.count < this.limitPerMinute;
    if (allowed) used.count++;
    return {
      allowed,
      headers: {
        'x-rate-limit-limit': String(this.limitPerMinute),
        'x-rate-limit-remaining': String(Math.max(0, this.limitPerMinute - used.count)),
        'x-rate-limit-reset': String(((used.window + 1) * WINDOW_MS) / 1000),
      },
    };
  }

  /** Another client's requests from the same bucket. */
  spend(token: string, count: number, nowMs: number): void {
    this.#window(token, nowMs).count += count;
  }

  #window(token: string, nowMs: number): { window: number; count: number } {
    const window = Math.floor(nowMs / WINDOW_MS);
    const used = this.#used.get(token);
    if (used?.window === window) return used;
    const fresh = { window, count: 0 };
    this.#used.set(token, fresh);
    return fresh;
  }
}
