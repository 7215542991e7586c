/** What a handler works with in one call. */
import type { InvocationContext } from '@azure/functions';
import type { Services } from '../../shared/services.ts';

export interface Call<Q = unknown, B = unknown> {
  context: InvocationContext;
  services: Services;
  /** As their schemas read them. */
  query: Q;
  body: B;
  /** As the record names them. */
  caller: string;
  /** Adds to the record what was done, and to which connector; never anything secret. */
  note(detail: string, connectorId?: string): void;
}
