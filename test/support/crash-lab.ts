/**
 * Kills the real host (SIGKILL) at a named step, immediately before or after the step's effect, and
 * starts it again. Each case has a separate connector and org, so connectors recover while others are
 * interrupted.
 */
import { expect } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { deliveryKey } from '../../shared/storage/deliveries.ts';
import type { Reply } from './calls.ts';
import type { CrashCase, When } from './crash-cases.ts';
import { effectOf } from './effects.ts';
import { type Lab, type LabHost, STUCK_MS, startLab, startLabOrg } from './lab.ts';
import { promiseKept } from './promise.ts';
import type { SeenRequest, Verdict } from './proxy.ts';
import { register, until } from './stack.ts';

/** A step that has not occurred by then does not occur. */
const STEP_WITHIN_MS = 60_000;
/**
 * The completion of the audit entry of a call, which may come at any time during the work of the call.
 */
const END_OF_RECORD = 'audit merge row';
const SETTLED_WITHIN_MS = 200_000;

/** For a hook or a test that kills a host at many steps. */
export const KILLS_WITHIN_MS = 600_000;

/** The id of the delivery that registers a connector by webhook. */
export const deliveryIdOf = (id: string) => `delivery-${id}`;

export interface CrashLabOptions {
  /** Settings of every host. */
  env?: Record<string, string>;
  /**
   * The range in days of each org's events and of its backfill. Short when no step is part of a
   * backfill.
   */
  backfillDays?: number;
}

export class CrashLab {
  readonly lab: Lab;
  readonly #orgs: ReadonlyMap<string, OrgServer>;
  readonly #env: Record<string, string>;
  readonly #backfillDays: number;
  #host: LabHost | undefined;

  private constructor(
    lab: Lab,
    orgs: ReadonlyMap<string, OrgServer>,
    { env = {}, backfillDays = 60 }: CrashLabOptions,
  ) {
    this.lab = lab;
    this.#orgs = orgs;
    // Two workers of a backfill run in parallel: more would only add load.
    this.#env = { BACKFILL_PARALLEL_SLICES: '2', ...env };
    this.#backfillDays = backfillDays;
  }

  static async start(
    cases: readonly CrashCase[],
    options: CrashLabOptions = {},
  ): Promise<CrashLab> {
    const { backfillDays: days = 60 } = options;
    const orgs = new Map<string, OrgServer>();
    for (const [n, { id }] of cases.entries()) {
      const server = await startLabOrg({ events: 1.5 * days, days, seed: n + 1 });
      // An event that only live polling reads.
      const [sample] = server.org.truth();
      for (const uuid of ['one', 'two'])
        server.org.append(
          JSON.stringify({ ...JSON.parse(sample?.raw ?? ''), uuid, published: new Date() }),
          Date.now(),
        );
      orgs.set(id, server);
    }
    const lab = await startLab([...orgs.values()], { keepsSpare: true });
    const crashLab = new CrashLab(lab, orgs, options);
    await crashLab.restart();
    return crashLab;
  }

  /** The present host: each kill is followed by a new host. */
  get host(): LabHost {
    if (!this.#host) throw new Error('there is no host');
    return this.#host;
  }

  async restart(): Promise<void> {
    await this.#host?.kill();
    this.#host = await this.lab.startHost(this.#env);
  }

  orgOf(id: string): OrgServer {
    const org = this.#orgs.get(id);
    if (!org) throw new Error(`there is no org of ${id}`);
    return org;
  }

  /**
   * Kills the host at the step, during the call or after it. Then starts a new host and repeats the
   * call if it was interrupted.
   */
  async killedAt(
    { id, effect, nth, when, follows }: CrashCase,
    call: () => Promise<unknown>,
  ): Promise<void> {
    const { lab, host } = this;
    let left = nth;
    const seen: string[] = [];
    const strike = (request: SeenRequest, at: When, status = 200): Verdict => {
      const found = effectOf(request, id, deliveryKey('webhook.portal', deliveryIdOf(id)));
      if (at !== when || status >= 400 || found === undefined) return 'pass';
      // Its worker may repeat the lost call before it dies as well.
      if (left === 0) return 'pass';
      seen.push(found);
      if (found !== effect || --left !== 0) return 'pass';
      process.kill(host.pid, 'SIGKILL');
      return 'lose';
    };
    const proxies = [lab.tables, lab.queues, lab.vault];
    for (const proxy of proxies)
      proxy.watcher = {
        before: (request) => strike(request, 'before'),
        after: (request, status) => strike(request, 'after', status),
      };
    const answered = await call().then(
      () => true,
      () => false,
    );
    const died = await Promise.race([
      host.exited.then(() => true),
      new Promise<false>((resolve) => setTimeout(resolve, STEP_WITHIN_MS, false)),
    ]);
    for (const proxy of proxies) proxy.watcher = {};
    if (!died) throw new Error(`"${effect}" did not come ${nth} times, but ${seen.join('; ')}`);
    const before = seen.slice(0, -1).findLast((one) => one !== END_OF_RECORD);
    if (follows && before !== follows)
      throw new Error(`"${effect}" does not follow "${follows}", but "${before}"`);
    await this.restart();
    if (!answered) await call();
  }

  /** Sends a call that must succeed; `path` starts with the connector's id. */
  async call(method: string, path: string, body?: unknown): Promise<Reply> {
    const reply = await this.host.call(method, `/api/connectors/${path}`, body);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  async put(id: string): Promise<void> {
    const backfillDays = this.#backfillDays;
    const { status, body } = await register(this.host, id, this.orgOf(id), { backfillDays });
    if (status >= 300) throw new Error(`${id} was not registered: ${JSON.stringify(body)}`);
  }

  async statusOf(id: string): Promise<any> {
    return (await this.call('GET', `${id}/status`)).body;
  }

  secretsOf(id: string): string[] {
    return this.lab.secretsLike(`okta-${id}-`);
  }

  /**
   * Lets time pass for leases and interrupted work, and runs housekeeping until every connector is
   * complete.
   */
  async allSettled(ids: readonly string[]): Promise<void> {
    this.lab.advanceStorageClock(STUCK_MS);
    const open = new Set(ids);
    const allDone = async () => {
      await this.host.runTimer('housekeeping');
      for (const id of open) if (await this.#isDone(id)) open.delete(id);
      return open.size === 0 ? true : undefined;
    };
    // This wait covers many connectors and runs in a hook, whose time limit is longer.
    await until('every connector to be done', allDone, 1000, SETTLED_WITHIN_MS).catch((error) => {
      throw new Error(`${error.message}: ${[...open].join()}`);
    });
  }

  async #isDone(id: string): Promise<boolean> {
    // The status is requested last, because counting events is expensive.
    const { body } = await this.host.call('GET', `/api/connectors/${id}/backfills`);
    if (body?.value?.[0]?.state !== 'Succeeded') return false;
    const { body: status } = await this.host.call('GET', `/api/connectors/${id}/status`);
    return status?.live?.caughtUp === true;
  }

  async keepsThePromise(id: string): Promise<void> {
    await promiseKept(this.host, id, this.orgOf(id));
    const { backfill, gaps } = await this.statusOf(id);
    expect({ ...backfill, gaps }).toMatchObject({
      percentComplete: 100,
      slicesActive: 0,
      gaps: [],
    });
    expect(this.secretsOf(id)).toHaveLength(1);
  }

  async close(): Promise<void> {
    await this.lab.close();
  }
}
