/** The input of a handler in one call. */
import type { InvocationContext } from '@azure/functions';
import type { Services } from '../../shared/services.ts';

export interface Call<Q = unknown, B = unknown> {
  context: InvocationContext;
  services: Services;
  /** Validated and transformed by their schemas. */
  query: Q;
  body: B;
  /** The caller's name in the record of management calls. */
  caller: string;
  /** Adds details and the connector to the record; never a secret. */
  note(detail: string, connectorId?: string): void;
}
