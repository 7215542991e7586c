/** The clock of the storage service, which all instances share. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { systemClock } from '../clock.ts';
import type { StorageClock } from '../storage/table.ts';

/**
 * Reads the service's time from the `Date` header of every reply. The header has whole seconds, so the
 * offset is changed only when it differs by more than one second.
 */
export function storageClock(): StorageClock & {
  policy: { policy: PipelinePolicy; position: 'perRetry' };
} {
  let offsetMs = 0;
  return {
    nowMs: () => systemClock.nowMs() + offsetMs,
    policy: {
      position: 'perRetry',
      policy: {
        name: 'storageClock',
        sendRequest: async (request, next) => {
          const response = await next(request);
          const dateMs = Date.parse(response.headers.get('date') ?? '');
          const seenOffsetMs = dateMs + 500 - systemClock.nowMs();
          if (Math.abs(seenOffsetMs - offsetMs) > 1000) offsetMs = seenOffsetMs;
          return response;
        },
      },
    },
  };
}
