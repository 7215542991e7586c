/** What people do with a connector over HTTP, as the functions do it, without HTTP. */
import { driveBackfill } from '../../shared/backfill/ensure-workers.ts';
import { cancelBackfill, startBackfill } from '../../shared/backfill/start.ts';
import { register, update } from '../../shared/connectors/register.ts';
import { removeConnector } from '../../shared/connectors/delete.ts';
import { disable, enable } from '../../shared/connectors/enable-disable.ts';
import { testConnector } from '../../shared/connectors/test-connector.ts';
import { LIVE_OVERLAP_MS } from '../../shared/okta/log-facts.ts';
import type { BackfillMode } from '../../shared/storage/positions.ts';
import { Token } from '../../shared/token.ts';
import { DAY } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import { Credentials } from './credentials.ts';
import type { Host } from './host.ts';
import { DOMAIN } from './sim-okta.ts';
import { clear } from './triggers.ts';

export const BACKFILL_DAYS = 60;
const request = (id: string) => ({ id, caller: 'admin' });

export class Callers {
  readonly credentials: Credentials;
  readonly #cloud: Cloud;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.credentials = new Credentials(cloud);
  }

  /** Registers, registers again, replaces, or finishes what was cut off. */
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
      const result = await register(host.invocation(), host.orchestrations, request(id), {
        ...body,
        credential,
      });
      tally.count(`put: ${result.kind === 'problem' ? result.problem.code : result.kind}`);
      return result.kind !== 'problem';
    });
  }

  async rotate(host: Host, id: string): Promise<void> {
    await this.credentials.using(host, true, async (text) => {
      const credential = new Token(text);
      const result = await update(host.invocation(), host.orchestrations, request(id), {
        credential,
      });
      this.#cloud.tally.count(
        `rotate: ${result.kind === 'problem' ? result.problem.code : result.kind}`,
      );
      return result.kind !== 'problem';
    });
  }

  async remove(host: Host, id: string, purge: boolean): Promise<void> {
    const parts = host.invocation();
    const { kind } = await removeConnector(parts, request(id), purge);
    this.#cloud.tally.count(`delete${purge ? ' with purge' : ''}: ${kind}`);
    await clear(this.#cloud, parts, id);
  }

  async disable(host: Host, id: string): Promise<void> {
    const { kind } = await disable(host.invocation(), request(id));
    this.#cloud.tally.count(`disable: ${kind}`);
  }

  async enable(host: Host, id: string): Promise<void> {
    const { kind } = await enable(host.invocation(), request(id));
    this.#cloud.tally.count(`enable: ${kind}`);
  }

  async test(host: Host, id: string): Promise<void> {
    const parts = host.invocation();
    const stored = await parts.connectors.get(id);
    if (!stored || stored.connector.state === 'deleted') return;
    const { ok } = await testConnector(parts, stored.connector);
    this.#cloud.tally.count(`test: ${ok ? 'ok' : 'failed'}`);
  }

  /** All that a connector could ever hold, once more. */
  async backfill(host: Host, id: string, mode: BackfillMode): Promise<void> {
    const parts = host.invocation();
    const stored = await parts.connectors.get(id);
    if (stored?.connector.state !== 'active' || !stored.connector.enabled) return;
    const { connectedAtMs } = stored.connector;
    const range = {
      fromMs: connectedAtMs - BACKFILL_DAYS * DAY,
      toMs: connectedAtMs - this.#cloud.dice.below(2) * LIVE_OVERLAP_MS,
    };
    const { kind } = await startBackfill(parts, stored.connector, range, mode);
    this.#cloud.tally.count(`${mode}: ${kind}`);
    if (kind === 'started') await driveBackfill(parts, host.orchestrations, stored.connector);
  }

  async cancel(host: Host, id: string): Promise<void> {
    const parts = host.invocation();
    const stored = await parts.connectors.get(id);
    const latest = await parts.checkpoints.latestBackfill(id);
    if (!latest || !stored || stored.connector.state === 'deleted') return;
    const canceled = await cancelBackfill(parts, stored.connector, latest.id);
    this.#cloud.tally.count(`cancel: ${canceled ? 'done' : 'over already'}`);
  }
}
