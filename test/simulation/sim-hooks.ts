/** Event hooks: their administrator, and Okta, which rings with the secret that it was given last. */
import {
  connectorToRing,
  endEventHook,
  type MadeHook,
  makeEventHook,
} from '../../shared/connectors/event-hook.ts';
import { ring } from '../../shared/ingest/ring.ts';
import type { Cloud } from './cloud.ts';
import type { Host } from './host.ts';

const RENEWED_ONCE_IN = 6;
const ENDED_ONCE_IN = 5;
const MOST_RINGS = 3;

export class SimHooks {
  readonly #cloud: Cloud;
  /** What Okta was given, by connector. */
  readonly #given = new Map<string, MadeHook>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  /** Makes a hook where Okta has none, rings some times, and sometimes ends the hook. */
  async ring(host: Host, id: string): Promise<void> {
    const { dice } = this.#cloud;
    if (!this.#given.has(id) || dice.below(RENEWED_ONCE_IN) === 0) await this.#make(host, id);
    const hook = this.#given.get(id);
    for (let n = dice.below(MOST_RINGS + 1); hook && n > 0; n--) await this.#ring(host, hook);
    if (dice.below(ENDED_ONCE_IN) === 0) await this.#end(host, id);
  }

  async #make(host: Host, id: string): Promise<void> {
    const made = await makeEventHook(host.invocation(), { id, caller: 'admin' });
    this.#cloud.tally.count(`hook: ${made.ok ? made.value.kind : made.problem.code}`);
    if (made.ok) this.#given.set(id, made.value);
  }

  /** Okta goes on ringing. */
  async #end(host: Host, id: string): Promise<void> {
    const ended = await endEventHook(host.invocation(), { id, caller: 'admin' });
    this.#cloud.tally.count(`hook: ${ended.ok ? ended.value : ended.problem.code}`);
  }

  async #ring(host: Host, { ref, secret }: MadeHook): Promise<void> {
    const deps = host.invocation();
    const { connector } = await connectorToRing(deps, ref, secret.reveal());
    if (connector) await ring(deps, connector);
    this.#cloud.tally.count(`ring: ${connector ? 'rung' : 'refused'}`);
  }
}
