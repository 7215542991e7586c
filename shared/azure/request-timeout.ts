/**
 * A time-out for each request of Azure's SDKs. By default they wait without a limit, and a service
 * that hangs would block all callers.
 */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';

/** Longer than any response takes, shorter than a lease. */
export const REQUEST_TIMEOUT_MS = 30_000;

export const requestTimeout = (
  ms = REQUEST_TIMEOUT_MS,
): { policy: PipelinePolicy; position: 'perCall' } => ({
  position: 'perCall',
  policy: {
    name: 'requestTimeout',
    sendRequest: async (request, next) => {
      request.timeout ||= ms;
      return await next(request);
    },
  },
});
