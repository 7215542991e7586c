import type { InvocationContext } from '@azure/functions';
import type { HousekeepingLog } from '../../shared/housekeeping/run-housekeeping.ts';

/** Writes housekeeping's messages to the log of its invocation. */
export const housekeepingLog = (context: InvocationContext): HousekeepingLog => ({
  failed: (what, error) => context.error(`housekeeping of ${what} failed`, error),
  expired: (id, events) => context.log(`retention ${id}: ${events} events deleted`),
});
