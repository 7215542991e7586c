/** What managing a connector works with, beyond ingesting for it. */
import type { IngestParts } from '../ingest/run.ts';
import type { OktaReach } from '../okta/reach.ts';
import type { MessageQueue, PollMessage } from '../storage/queue.ts';

export interface ManageParts extends IngestParts {
  pollQueue: MessageQueue<PollMessage>;
  reach: OktaReach;
}

/** Who asks for a change, and how it may be refused. */
export interface ChangeRequest {
  id: string;
  /** As the record names them. */
  caller: string;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  /** The sender's time of the webhook delivery that asks for it: an older one changes nothing. */
  deliveredAtMs?: number | undefined;
  deliveryKey?: string | undefined;
}
