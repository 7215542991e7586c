/** The demo org, with watchers of its requests. */
import { type Dice, diceOf } from '../../dev/demo-org/dice.ts';
import { OktaOrg, type OrgReply } from '../../dev/demo-org/org.ts';
import type { Clock } from '../../shared/clock.ts';
import type { OktaTransport } from '../../shared/okta/transport.ts';
import type { TimeRange } from '../../shared/time-ranges.ts';
import { boundedRange } from '../support/failing-queries.ts';
import { DAY, HOUR } from '../support/samples.ts';
import type { Tally } from './faults.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { Scheduler } from './scheduler.ts';
import { type Line, REFUSED } from './sim-table.ts';

/** The marker that identifies a token in any data. */
export const TOKEN_PREFIX = '00SECRET';
export const DOMAIN = 'contoso.okta.com';
const LONGEST_LATENCY_MS = 1500;
const SLOW_MS = 40_000;
/** The maximum age of events: within every backfill of the simulation. */
const HISTORY_HOURS = 20 * 24;
/** Bounded queries show events late, but within the time that live starts before the connection. */
const INDEX_DELAY_MS = 20 * HOUR;
/** The edges of the first slices, as long as there are few events. */
const EDGE_DAYS = [1, 9, 24];
const EDGE_SECONDS = 3;
const POISONED_ONCE_IN = 6;
const POISON_MS = 10 * 60_000;

/** Exceeds the size of a row even when compressed. */
const INCOMPRESSIBLE = Buffer.from(diceOf(1).hex(2_000_000), 'hex').toString('base64');

export class SimOkta {
  readonly org: OktaOrg;
  /** Tokens that Okta has refused, rightly or by a fault. */
  readonly refused = new Set<string>();
  /** The number of events in the replies, by URL. */
  readonly served = new Map<string, Set<number>>();
  /** 429s of the org itself, without faults. */
  throttled = 0;
  /** A time range for which every bounded query fails, independently of other faults. */
  poison: TimeRange | undefined;
  /** The same range, kept after Okta was repaired. */
  poisoned: TimeRange | undefined;
  readonly #dice: Dice;
  readonly #tally: Tally;
  #tokens = 0;
  #appended = 0;
  #injected = false;

  constructor(dice: Dice, tally: Tally, time: Scheduler, skewMs: number) {
    this.#dice = dice;
    this.#tally = tally;
    this.org = new OktaOrg({
      seed: 1,
      bornAtMs: time.nowMs,
      events: 0,
      days: 1,
      trickleEventsPerMinute: 0,
      longestPage: 4 + dice.below(8),
      shortPages: dice.below(2) === 0,
      indexDelayMs: dice.pick([0, 0, 2 * HOUR, INDEX_DELAY_MS]),
      limitPerMinute: dice.pick([600, 120, 60, 30]),
      orgId: '00oContoso',
      origin: `https://${DOMAIN}`,
      tokens: [],
      clockSkewMs: skewMs,
      nowMs: () => time.nowMs,
    });
  }

  /**
   * Most events are before the connection; some arrive during it, some late, some share an instant.
   */
  fill(events: number): void {
    const { org } = this;
    const bornMs = org.nowMs();
    for (let n = 0; n < events; n++) {
      const hours = this.#dice.below(3) === 0 ? 24 : HISTORY_HOURS;
      const publishedMs = bornMs - this.#dice.below(hours) * HOUR + this.#dice.below(3) * HOUR;
      const isLate = this.#dice.below(5) === 0;
      this.#append(publishedMs, isLate ? this.#dice.below(4) * HOUR : this.#dice.below(2000));
    }
    if (this.#dice.below(POISONED_ONCE_IN) === 0) {
      this.#tally.count('fault: okta poison');
      const fromMs = bornMs - (1 + this.#dice.below(HISTORY_HOURS)) * HOUR;
      this.poison = { fromMs, toMs: fromMs + POISON_MS };
      this.poisoned = this.poison;
      this.#append(fromMs + POISON_MS / 2, 0);
    }
    // The edges of slices are whole days before the second of the connection.
    const second = Math.floor(bornMs / 1000) * 1000;
    for (const days of EDGE_DAYS)
      for (let after = 1; after <= EDGE_SECONDS; after++)
        this.#append(second + after * 1000 - days * DAY - this.#dice.below(2), 0);
  }

  /** Adds events that arrive from now on, within this time. One in `hugeOnceIn` needs a blob. */
  arrive(events: number, withinMs: number, hugeOnceIn: number): void {
    for (let n = 0; n < events; n++) {
      const publishedMs = this.org.nowMs() + this.#dice.below(withinMs);
      const bulk = this.#dice.below(hugeOnceIn) === 0 ? this.#huge() : this.#bulk();
      this.#append(publishedMs, this.#dice.below(2000), bulk);
    }
  }

  #append(publishedMs: number, lateMs: number, bulk = this.#bulk()): void {
    const n = this.#appended++;
    const published = new Date(publishedMs).toISOString();
    const name = this.#dice.below(40) === 0 ? REFUSED : 'u';
    if (name === REFUSED) this.#tally.count('event: refused by storage');
    const identity = this.#dice.below(30) === 0 ? '' : `"uuid":"${name}${n}",`;
    if (!identity) this.#tally.count('event: dead letter');
    const text = `{${identity}"published":"${published}","n":1.${n}0${bulk}}`;
    this.org.append(text, publishedMs, publishedMs + lateMs);
  }

  newToken(): string {
    const token = `${TOKEN_PREFIX}${++this.#tokens}`;
    this.org.options.tokens.push(token);
    return token;
  }

  /** From now on the org refuses all other tokens. */
  keepTokens(tokens: readonly string[]): void {
    this.org.options.tokens = [...tokens];
  }

  /** A fault for a few requests. */
  disturb(): void {
    const { org } = this;
    const status = this.#dice.pick([500, 503, 429, 401, 403]);
    const odd: Partial<OrgReply> = this.#dice.pick([
      {},
      {},
      { headers: { 'content-type': 'text/html' }, body: '<html>', status: 200 },
      { wire: 'reset' as const },
      { wire: 'cut-body' as const },
      { delayMs: SLOW_MS },
    ]);
    const kind = odd.wire ?? (odd.delayMs ? 'slow' : odd.body ? 'html' : String(status));
    org.faults.push({
      times: 1 + this.#dice.below(3),
      matches: ({ url }) => this.#dice.below(2) === 0 || url.includes('logs'),
      answer: (_request, proper) => {
        this.#tally.count(`fault: okta ${kind}`);
        if (odd.delayMs) return { ...proper(), ...odd };
        this.#injected = true;
        return { ...org.error(status, 'E0000009', 'a fault of the simulation'), ...odd };
      },
    });
    if (this.#dice.below(3) > 0) return;
    this.#tally.count('fault: okta refuses cursors');
    org.refuseCursors();
  }

  /** The port of one invocation. The watch identifies its run by the ids that hold a lease. */
  reachedBy(
    { step }: Line,
    clock: Clock,
    leases: LeaseWatch,
    ids: readonly string[],
  ): OktaTransport {
    return {
      send: async ({ url, token, signal }) => {
        await step();
        signal?.throwIfAborted();
        const text = token?.reveal();
        const asked = leases.asks(ids, url);
        try {
          const reply = this.#answer(url, text);
          await clock.sleep(reply.delayMs ?? this.#dice.below(LONGEST_LATENCY_MS), signal);
          if (reply.wire) return { kind: 'unreachable', reason: WIRE[reply.wire], detail: '' };
          const { status, headers, body } = reply;
          return {
            kind: 'reply',
            status,
            headers,
            body: Buffer.from(body),
            receivedAtMs: clock.nowMs(),
          };
        } finally {
          asked.over();
        }
      },
    };
  }

  #answer(url: URL, token: string | undefined): OrgReply {
    this.#injected = false;
    const headers = { authorization: token && `SSWS ${token}` };
    const request = { method: 'GET', url: url.pathname + url.search, headers };
    const reply = this.#isPoisoned(request)
      ? this.org.error(500, 'E0000009', 'Internal Server Error')
      : this.org.handle(request);
    this.#tally.note(
      () => `okta ${url.pathname}${url.search.slice(0, 60)} ${token}: ${reply.status}`,
    );
    if (reply.status === 401 && !this.#injected) this.#tally.count('old token used');
    if (reply.status === 401 && token) this.refused.add(token);
    if (reply.status === 429 && !this.#injected) this.throttled++;
    if (reply.status === 200 && !this.#injected && token) {
      const counts = this.served.get(url.href) ?? new Set();
      this.served.set(url.href, counts.add(JSON.parse(String(reply.body)).length));
    }
    return reply;
  }

  #isPoisoned(request: { url: string }): boolean {
    const range = this.poison && boundedRange(request);
    if (!range || !this.poison) return false;
    const isTouched = range.fromMs < this.poison.toMs && range.toMs > this.poison.fromMs;
    if (isTouched) this.#injected = true;
    return isTouched;
  }

  /** Rarely an event that must be compressed, and more rarely an event that needs a blob. */
  #bulk(): string {
    if (this.#dice.below(400) > 0) return '';
    if (this.#dice.below(15) === 0) return this.#huge();
    this.#tally.count('event: large');
    return `,"bulk":"${'x'.repeat(40_000)}"`;
  }

  #huge(): string {
    this.#tally.count('event: huge');
    return `,"bulk":"${INCOMPRESSIBLE}"`;
  }
}

const WIRE = { reset: 'reset', 'cut-body': 'cut-body', hang: 'timeout' } as const;
