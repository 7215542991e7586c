/** The events of one world: some rounds of activity, and then rest. */
import type { Dice } from '../../dev/demo-org/dice.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { LEASE_MS } from '../../shared/storage/lease.ts';
import { DAY, HOUR } from '../support/samples.ts';
import { Callers } from './callers.ts';
import { Cloud } from './cloud.ts';
import { Host } from './host.ts';
import { Portal } from './portal.ts';
import { brokenPromises, connectorsOf } from './promise.ts';
import { SimHooks } from './sim-hooks.ts';
import { housekeeping, pollTimer, pump, startApp, tellLog } from './triggers.ts';

const EVENTS = 24;
const ROUNDS = 7;
const TIMERS_GO_ROUND = 3;
const PUMPS = 4;
const MINUTE = 60_000;
/** Enough to retry all ranges that were set aside, one step in each round. */
const SETTLING_ROUNDS = 400;
const QUIET_ROUNDS = 2;
/** The approximate number of steps of a round in which only the platform works. */
const STEPS_OF_A_ROUND = 60;

/** Receives every effect, in order. */
export type Tell = (line: string) => void;
type Action = (host: Host) => Promise<void>;

export class World {
  readonly cloud: Cloud;
  readonly callers: Callers;
  readonly portal: Portal;
  readonly hooks: SimHooks;
  readonly #dice: Dice;
  #hosts: Host[] = [];
  #born = 0;

  constructor(dice: Dice, chance: Dice, tell?: Tell) {
    this.#dice = dice;
    this.cloud = new Cloud(dice, chance, tell);
    this.cloud.okta.fill(EVENTS);
    this.callers = new Callers(this.cloud);
    this.portal = new Portal(this.cloud, this.callers.credentials);
    this.hooks = new SimHooks(this.cloud);
  }

  async live(): Promise<void> {
    const { time, tally } = this.cloud;
    time.stalls = true;
    for (let round = 0; round < ROUNDS; round++) {
      if (round === TIMERS_GO_ROUND && this.#dice.below(8) === 0) {
        tally.count('fault: timers away');
        this.cloud.timersAreAway = true;
      }
      this.#weather();
      const first: Action[] = round === 0 ? [(host) => this.callers.put(host, 'contoso')] : [];
      const killAfter = this.#dice.below(3) === 0 ? this.#dice.below(300) : undefined;
      await this.#together([...first, ...this.#chosen(), ...this.#platform(6)], killAfter);
      const passedMs = this.#dice.pick([MINUTE, MINUTE, LEASE_MS + 1000, 6 * MINUTE, 25 * MINUTE]);
      if (passedMs > LEASE_MS) tally.count('time: longer than a lease');
      time.nowMs += passedMs;
    }
  }

  /** Ends the faults and lets time pass until nothing changes. */
  async settle(): Promise<void> {
    const { cloud } = this;
    cloud.faults.over = true;
    cloud.time.stalls = false;
    cloud.okta.org.faults.length = 0;
    cloud.time.nowMs += 5 * HOUR;
    let before = '';
    let same = 0;
    for (let round = 0; round < SETTLING_ROUNDS; round++) {
      await this.#together(
        cloud.timersAreAway
          ? [(host) => startApp(host)]
          : [(host) => pollTimer(host), (host) => housekeeping(cloud, host)],
      );
      await this.#together([(host) => pump(cloud, host, 50), (host) => pump(cloud, host, 50)]);
      const now = await this.#state();
      same = now === before ? same + 1 : 0;
      if (same >= QUIET_ROUNDS && (await this.#isSettled()))
        return await this.alone((host) => tellLog(cloud, host));
      before = now;
      cloud.time.nowMs += round < 10 ? MINUTE + 1000 : 6 * MINUTE;
    }
    const broken = await brokenPromises(cloud);
    throw new Error(`the world does not come to rest: ${broken.join('; ') || before}`);
  }

  /**
   * Lets days pass in which only the platform works. Every third round has no faults, so that live
   * reads every event before Okta drops it.
   */
  async age(days: number): Promise<void> {
    const { cloud, callers } = this;
    cloud.timersAreAway = false;
    const endMs = cloud.time.nowMs + days * DAY;
    for (let round = 0; cloud.time.nowMs < endMs; round++) {
      const isCalm = round % 3 === 0;
      cloud.faults.over = isCalm;
      cloud.time.stalls = !isCalm;
      this.#weather();
      if (isCalm) cloud.okta.org.faults.length = 0;
      const kill = () =>
        isCalm || this.#dice.below(3) > 0 ? undefined : this.#dice.below(STEPS_OF_A_ROUND);
      const verify = (host: Host) => callers.verifyLately(host, 'contoso');
      const timers: Action[] = [pollTimer, (host) => housekeeping(cloud, host)];
      await this.#together(this.#dice.below(6) === 0 ? [...timers, verify] : timers, kill());
      await this.#together(
        [(host) => pump(cloud, host, 20), (host) => pump(cloud, host, 20)],
        kill(),
      );
      const passedMs = this.#dice.pick([2, 9]) * DAY;
      // The first events will exceed their retention: more of them need a blob.
      if (round === 0) cloud.okta.arrive(2, passedMs, 3);
      else cloud.okta.arrive(this.#dice.below(3), passedMs, 20);
      cloud.time.nowMs += passedMs;
    }
  }

  /** Runs one action to its end. */
  async alone(action: Action): Promise<void> {
    await this.#together([action]);
  }

  #weather(): void {
    const { faults, okta } = this.cloud;
    faults.perMille = this.#dice.pick([0, 0, 20, 60]);
    okta.org.faults.length = 0;
    if (this.#dice.below(3) === 0) okta.disturb();
  }

  /** The actions of callers in this round. */
  #chosen(): Action[] {
    const { callers, portal, hooks } = this;
    const id = this.#dice.below(8) === 0 ? 'fabrikam' : 'contoso';
    const wanted: Action[] = [
      (host) => callers.put(host, id),
      (host) => callers.put(host, id),
      (host) => callers.put(host, id),
      (host) => callers.put(host, id),
      (host) => callers.rotate(host, id),
      (host) => callers.rotate(host, id),
      (host) => callers.rotate(host, id),
      (host) => callers.disable(host, id),
      (host) => callers.enable(host, id),
      (host) => callers.enable(host, id),
      (host) => callers.remove(host, id, false),
      (host) => callers.remove(host, id, true),
      (host) => callers.test(host, id),
      (host) => callers.backfill(host, id, 'fill'),
      (host) => callers.backfill(host, id, 'verify'),
      (host) => callers.cancel(host, id),
      (host) => callers.pollNow(host, id),
      (host) => callers.rewind(host, id),
      (host) => portal.send(host, id),
      (host) => portal.send(host, id),
      (host) => portal.send(host, id),
      (host) => portal.sendAgain(host),
      (host) => hooks.ring(host, id),
      (host) => hooks.ring(host, id),
    ];
    return Array.from({ length: this.#dice.below(4) }, () => this.#dice.pick(wanted));
  }

  /** The actions of the platform. */
  #platform(messages: number): Action[] {
    const { cloud } = this;
    return [
      ...(cloud.timersAreAway
        ? [(host: Host) => startApp(host)]
        : [
            (host: Host) => pollTimer(host),
            ...(this.#dice.below(2) === 0 ? [(host: Host) => housekeeping(cloud, host)] : []),
          ]),
      ...Array.from({ length: PUMPS }, () => (host: Host) => pump(cloud, host, messages)),
    ];
  }

  /** Runs actions concurrently on two hosts. One or both may die after this number of steps. */
  async #together(actions: readonly Action[], killAfter?: number): Promise<void> {
    const { time, tally } = this.cloud;
    for (const host of [0, 1])
      if (!this.#hosts[host]?.alive)
        this.#hosts[host] = new Host(this.cloud, `host${++this.#born}`);
    for (const action of actions) {
      const host = this.#dice.pick(this.#hosts);
      time.start(host, () => action(host));
    }
    await time.run((taken) => {
      if (taken !== killAfter) return;
      tally.count('kill');
      const both = this.#dice.below(2) === 0;
      for (const host of both ? this.#hosts : [this.#dice.pick(this.#hosts)]) this.#kill(host);
    });
  }

  #kill(host: Host): void {
    this.cloud.time.kill(host);
    this.cloud.leases.died((holder) => holder.endsWith(`-${host.name}`));
  }

  async #isSettled(): Promise<boolean> {
    const { cloud } = this;
    const broken = await brokenPromises(cloud);
    const waits = /running|half a|delivery|left|orphaned|shows|live cursor|purging/;
    return !broken.some((one) => waits.test(one));
  }

  async #state(): Promise<string> {
    const { tables, okta } = this.cloud;
    const checkpoints = new Checkpoints(tables.checkpoints);
    const connectors = await connectorsOf(this.cloud);
    const events = [...tables.events.everything()].length;
    const read = await Promise.all(
      connectors.map(async ({ id, revision, state }) => {
        const live = await checkpoints.live(id);
        return [id, state, revision, live?.value.events, await checkpoints.backfills(id)];
      }),
    );
    return JSON.stringify([events, okta.org.log.committed.length, read]);
  }
}
