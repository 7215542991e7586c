/** A change requested by HTTP or by webhook, with its preconditions. */
export interface ChangeRequest {
  id: string;
  /** The caller's name in the audit. */
  caller: string;
  ifMatch?: string | undefined;
  ifNoneMatch?: string | undefined;
  /**
   * The sender's time of the webhook delivery: a delivery older than the last applied one has no
   * effect.
   */
  deliverySentAtMs?: number | undefined;
  deliveryKey?: string | undefined;
}
