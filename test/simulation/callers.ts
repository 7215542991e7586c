/** The requests of callers, through the same code as the HTTP functions, without HTTP. */
import { type BackfillBody, requestBackfill } from '../../shared/backfill/request-backfill.ts';
import { cancelBackfill } from '../../shared/backfill/start.ts';
import { CLEAN_UP_BUDGET_MS, cleanUpOrRequeue } from '../../shared/connectors/clean-up.ts';
import { deleteConnector } from '../../shared/connectors/delete.ts';
import { disable, enable } from '../../shared/connectors/enable-disable.ts';
import { register, update } from '../../shared/connectors/register.ts';
import { pollNow } from '../../shared/connectors/resume-polling.ts';
import { rewind } from '../../shared/connectors/rewind.ts';
import { testConnector } from '../../shared/connectors/test-connector.ts';
import type { Deps } from '../../shared/deps.ts';
import type { BackfillMode } from '../../shared/enumerations.ts';
import { LIVE_OVERLAP_MS } from '../../shared/okta/log-facts.ts';
import type { Result } from '../../shared/result.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import { Token } from '../../shared/token.ts';
import { DAY, HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import { Credentials } from './credentials.ts';
import type { Host } from './host.ts';
import { DOMAIN } from './sim-okta.ts';

export const BACKFILL_DAYS = 60;
const LATELY_DAYS = 30;
/** The results of changes of a connector. */
export const CONTENDED_ONCE_IN = 8;
const outcome = (result: Result<string>) => (result.ok ? result.value : result.problem.code);
const request = (id: string) => ({ id, caller: 'admin' });

export class Callers {
  readonly credentials: Credentials;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.credentials = new Credentials(cloud);
  }

  /** Registers, registers again, replaces, or finishes an interrupted registration. */
  async put(host: Host, id: string): Promise<void> {
    const { dice, tally } = this.#cloud;
    const body = {
      displayName: dice.pick(['Contoso', 'Contoso Ltd']),
      domain: DOMAIN,
      backfillDays: dice.pick([BACKFILL_DAYS, BACKFILL_DAYS + 2]),
      pollIntervalSeconds: 60,
    };
    await this.credentials.using(host, dice.below(3) === 0, async (text) => {
      const credential = new Token(text);
      const result = await register(host.invocation(CONTENDED_ONCE_IN), request(id), {
        ...body,
        credential,
      });
      tally.count(`put: ${result.ok ? result.value.kind : result.problem.code}`);
      return result.ok;
    });
  }

  async rotate(host: Host, id: string): Promise<void> {
    await this.credentials.using(host, true, async (text) => {
      const credential = new Token(text);
      const result = await update(host.invocation(CONTENDED_ONCE_IN), request(id), {
        credential,
      });
      this.#cloud.tally.count(`rotate: ${result.ok ? result.value.kind : result.problem.code}`);
      return result.ok;
    });
  }

  async remove(host: Host, id: string, purge: boolean): Promise<void> {
    const deps = host.invocation(CONTENDED_ONCE_IN / 4);
    const result = await deleteConnector(deps, request(id), purge);
    this.#cloud.tally.count(`delete${purge ? ' with purge' : ''}: ${outcome(result)}`);
    // A request leaves most of a large clean-up to the queue.
    await cleanUpOrRequeue(deps, id, this.#cloud.dice.pick([0, CLEAN_UP_BUDGET_MS]));
  }

  async disable(host: Host, id: string): Promise<void> {
    const result = await disable(host.invocation(CONTENDED_ONCE_IN), request(id));
    this.#cloud.tally.count(`disable: ${result.ok ? 'changed' : result.problem.code}`);
  }

  async enable(host: Host, id: string): Promise<void> {
    const result = await enable(host.invocation(CONTENDED_ONCE_IN), request(id));
    this.#cloud.tally.count(`enable: ${result.ok ? 'changed' : result.problem.code}`);
  }

  async test(host: Host, id: string): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    if (!stored || stored.connector.state === 'deleted') return;
    const { ok } = await testConnector(deps, stored.connector);
    this.#cloud.tally.count(`test: ${ok ? 'ok' : 'failed'}`);
  }

  /** A backfill of the whole retention. */
  async backfill(host: Host, id: string, mode: BackfillMode): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    if (!stored || stored.connector.state === 'deleted') return;
    const { connectedAtMs } = stored.connector;
    const from = connectedAtMs - BACKFILL_DAYS * DAY;
    const to = connectedAtMs - this.#cloud.dice.below(2) * LIVE_OVERLAP_MS;
    await this.#backfill(deps, stored.connector, { from, to, mode });
  }

  /** A backfill of the last days, which live has read already. */
  async verifyLately(host: Host, id: string): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    if (stored?.connector.state !== 'active') return;
    const to = deps.storageClock.nowMs() - LIVE_OVERLAP_MS;
    const body = { from: to - LATELY_DAYS * DAY, to, mode: 'verify' as const };
    await this.#backfill(deps, stored.connector, body);
  }

  async #backfill(deps: Deps, connector: Connector, body: BackfillBody): Promise<void> {
    const result = await requestBackfill(deps, connector, body, this.#cloud.newId());
    const state = result.ok ? 'started' : result.problem.code;
    this.#cloud.tally.count(`${result.ok ? body.mode : 'backfill'}: ${state}`);
  }

  /** As after a restore: live goes back by up to two days. */
  async rewind(host: Host, id: string): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    if (!stored || stored.connector.state === 'deleted') return;
    const from = deps.storageClock.nowMs() - (1 + this.#cloud.dice.below(48)) * HOUR;
    const result = await rewind(deps, stored.connector, { from }, this.#cloud.newId());
    this.#cloud.tally.count(`rewind: ${result.ok ? 'started' : result.problem.code}`);
  }

  async pollNow(host: Host, id: string): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    if (!stored || stored.connector.state === 'deleted') return;
    if (!stored.connector.enabled) return this.#cloud.tally.count('poll now: ConnectorDisabled');
    await pollNow(deps, stored.connector);
    this.#cloud.tally.count('poll now: done');
  }

  async cancel(host: Host, id: string): Promise<void> {
    const deps = host.invocation();
    const stored = await deps.connectors.get(id);
    const latest = await deps.checkpoints.latestBackfill(id);
    if (!latest || !stored || stored.connector.state === 'deleted') return;
    const canceled = await cancelBackfill(deps, stored.connector, latest.id);
    this.#cloud.tally.count(`cancel: ${canceled ? 'done' : 'over already'}`);
  }
}
