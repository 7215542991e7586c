/** Whether a change may go on: `If-Match`, `If-None-Match` (api.md §1), order of deliveries (§6.4). */
import type { Problem } from '../errors.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import { etagOf } from './resource.ts';
import type { ChangeRequest } from './change-request.ts';
import { preconditionFailed } from './problems.ts';

/** What a connector keeps of the last delivery that was applied to it. */
export const deliveryMark = (
  { deliveredAtMs, deliveryKey }: ChangeRequest,
  before: Connector | undefined,
): Pick<Connector, 'deliveredAtMs' | 'deliveryKey'> =>
  deliveredAtMs === undefined
    ? { deliveredAtMs: before?.deliveredAtMs, deliveryKey: before?.deliveryKey }
    : { deliveredAtMs, deliveryKey };

/** Another worker has applied this very delivery: what has been changed since must stay. */
export const isApplied = ({ deliveryKey }: ChangeRequest, connector: Connector): boolean =>
  deliveryKey !== undefined && connector.deliveryKey === deliveryKey;

type Preconditions = Pick<ChangeRequest, 'ifMatch' | 'ifNoneMatch' | 'deliveredAtMs'>;

/** Undefined when it may. A deleted connector is absent. */
export function preconditionProblem(
  { ifMatch, ifNoneMatch, deliveredAtMs }: Preconditions,
  stored: StoredConnector | undefined,
): Problem | undefined {
  const lastDeliveryMs = stored?.connector.deliveredAtMs;
  if (deliveredAtMs !== undefined && (lastDeliveryMs ?? 0) > deliveredAtMs)
    return preconditionFailed('A later delivery for this connector was applied already.');
  const present = stored && stored.connector.state !== 'deleted' ? stored.connector : undefined;
  if (ifNoneMatch === '*' && present) return preconditionFailed('The connector exists already.');
  if (ifMatch === undefined) return undefined;
  if (!present) return preconditionFailed('There is no such connector.');
  const etags = ifMatch.split(',').map((one) => one.trim());
  if (etags.includes('*') || etags.includes(etagOf(present))) return undefined;
  return preconditionFailed('The connector was changed since it was read.');
}
