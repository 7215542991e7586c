/** The storage service's time, which all instances share. */
import type { TableServiceClientOptions } from '@azure/data-tables';
import type { StorageClock } from './table.ts';

/**
 * Reads the service's time off the `Date` header of every reply. The header has whole seconds, so
 * the offset is moved only when it is off by more than one.
 */
export function storageClock(): StorageClock & { options: TableServiceClientOptions } {
  let offsetMs = 0;
  return {
    nowMs: () => Date.now() + offsetMs,
    options: {
      additionalPolicies: [
        {
          position: 'perRetry',
          policy: {
            name: 'storageClock',
            sendRequest: async (request, next) => {
              const response = await next(request);
              const dateMs = Date.parse(response.headers.get('date') ?? '');
              const seenOffsetMs = dateMs + 500 - Date.now();
              if (Math.abs(seenOffsetMs - offsetMs) > 1000) offsetMs = seenOffsetMs;
              return response;
            },
          },
        },
      ],
    },
  };
}
