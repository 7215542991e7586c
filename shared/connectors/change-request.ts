/** A change that a caller asks for, by HTTP or by webhook, and how it may be refused. */
export interface ChangeRequest {
  /** Of the connector. */
  id: string;
  /** As the record names the caller. */
  caller: string;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  /** The sender's time of the webhook delivery that asks for it: an older one changes nothing. */
  deliverySentAtMs?: number | undefined;
  deliveryKey?: string | undefined;
}
