/** A portal that sends each webhook at least once, and retries until it gets a reply. */
import type { OperationType } from '../../shared/enumerations.ts';
import { Token } from '../../shared/token.ts';
import type { Envelope } from '../../shared/webhooks/envelope.ts';
import type { Operation } from '../../shared/webhooks/operation.ts';
import { recordDelivery } from '../../shared/webhooks/record.ts';
import { BACKFILL_DAYS } from './callers.ts';
import type { Cloud } from './cloud.ts';
import type { Credentials } from './credentials.ts';
import type { Host } from './host.ts';
import { DOMAIN } from './sim-okta.ts';

interface Sent {
  envelope: Envelope;
  operation: Omit<Operation, 'data'>;
  answered: boolean;
}

const TYPES: OperationType[] = [
  'connector.register',
  'connector.register',
  'connector.register',
  'connector.update',
  'connector.update',
  'connector.disable',
  'connector.enable',
  'connector.enable',
  'connector.delete',
  'connector.backfill',
];

export class Portal {
  readonly sent: Sent[] = [];
  readonly #cloud: Cloud;
  readonly #credentials: Credentials;

  constructor(cloud: Cloud, credentials: Credentials) {
    this.#cloud = cloud;
    this.#credentials = credentials;
  }

  async send(host: Host, id: string): Promise<void> {
    const { dice, time, tally } = this.#cloud;
    const type = dice.pick(TYPES);
    tally.count(`webhook: ${type}`);
    const withToken = type === 'connector.register' || type === 'connector.update';
    const token = withToken ? this.#credentials.next(dice.below(2) === 0) : undefined;
    const body =
      type === 'connector.register' ? { domain: DOMAIN, backfillDays: BACKFILL_DAYS } : {};
    const deliveryId = `delivery-${this.sent.length}`;
    // Sometimes a delivery overtakes another.
    const sentAtMs = time.nowMs - (dice.below(4) === 0 ? 90_000 : 0);
    const sent: Sent = {
      envelope: { deliveryId, type, sentAtMs, data: { id, ...body, token } },
      operation: {
        type,
        connectorId: id,
        body,
        token: token === undefined ? undefined : new Token(token),
      },
      answered: false,
    };
    this.sent.push(sent);
    await this.#deliver(host, sent);
  }

  /** A delivery that was sent before, with or without a reply. */
  async sendAgain(host: Host): Promise<void> {
    if (this.sent.length === 0) return;
    this.#cloud.tally.count('webhook: sent again');
    await this.#deliver(host, this.#cloud.dice.pick(this.sent));
  }

  async #deliver(host: Host, sent: Sent): Promise<void> {
    const { envelope, operation } = sent;
    const problem = await recordDelivery(host.invocation(), 'portal', envelope, operation);
    sent.answered ||= problem === undefined;
  }
}
