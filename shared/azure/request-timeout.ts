/**
 * Azure's SDKs wait for an answer as long as it takes: a service that hangs would hold everybody who
 * asks it. With this policy each try ends after a while.
 */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';

/** Longer than any answer takes, shorter than a lease. */
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
