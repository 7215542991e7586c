/**
 * Preconditions of a change: `If-Match`, `If-None-Match` and the order of deliveries
 * (docs/contract.md, "Revisions", "Order of deliveries").
 */
import type { Problem } from '../errors.ts';
import { preconditionFailed } from '../problems.ts';
import type { Connector, StoredConnector } from '../storage/connectors.ts';
import type { ChangeRequest } from './change-request.ts';
import { etagOf } from './resource.ts';

/** The fields of a connector that identify the last applied delivery. */
export const deliveryMark = (
  { deliverySentAtMs, deliveryKey }: ChangeRequest,
  previous: Connector | undefined,
): Pick<Connector, 'deliverySentAtMs' | 'deliveryKey'> =>
  deliverySentAtMs === undefined
    ? { deliverySentAtMs: previous?.deliverySentAtMs, deliveryKey: previous?.deliveryKey }
    : { deliverySentAtMs, deliveryKey };

/** Another worker has applied the same delivery: later changes must stay. */
export const isApplied = ({ deliveryKey }: ChangeRequest, connector: Connector): boolean =>
  deliveryKey !== undefined && connector.deliveryKey === deliveryKey;

type Preconditions = Pick<ChangeRequest, 'ifMatch' | 'ifNoneMatch' | 'deliverySentAtMs'>;

/** Undefined when the change is allowed. A deleted connector counts as absent. */
export function preconditionProblem(
  { ifMatch, ifNoneMatch, deliverySentAtMs }: Preconditions,
  stored: StoredConnector | undefined,
): Problem | undefined {
  const lastDeliveryMs = stored?.connector.deliverySentAtMs;
  if (deliverySentAtMs !== undefined && (lastDeliveryMs ?? 0) > deliverySentAtMs)
    return preconditionFailed('A later delivery for this connector was applied already.');
  const present = stored && stored.connector.state !== 'deleted' ? stored.connector : undefined;
  if (ifNoneMatch === '*' && present) return preconditionFailed('The connector exists already.');
  if (ifMatch === undefined) return undefined;
  if (!present) return preconditionFailed('There is no such connector.');
  const revisions = ifMatch.split(',').map(revisionOf);
  if (revisions.includes('*') || revisions.includes(revisionOf(etagOf(present)))) return undefined;
  return preconditionFailed('The connector was changed since it was read.');
}

/**
 * A compressing gateway weakens an ETag, and some clients drop its quotes: only the revision is
 * compared.
 */
const revisionOf = (etag: string): string =>
  etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
