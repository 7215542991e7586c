/** The SDK's client of Key Vault, as this app uses it. */
import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';

export function createSecretClient(
  url: string,
  credential: TokenCredential,
  options: SecretClientOptions = {},
): SecretClient {
  const additionalPolicies = [
    ...(options.additionalPolicies ?? []),
    { policy: firstRequestAlone(), position: 'perCall' as const },
  ];
  return new SecretClient(url, credential, { ...options, additionalPolicies });
}

/**
 * Until the first request has succeeded, requests are sent one at a time. The SDK sends a client's
 * first request without its body, to receive the challenge. If a concurrent request receives the
 * challenge, its body is lost (docs/azure.md, "Secrets over REST").
 */
function firstRequestAlone(): PipelinePolicy {
  let isSignedIn = false;
  let signingIn: Promise<void> | undefined;
  return {
    name: 'firstRequestAlone',
    sendRequest: async (request, next) => {
      while (signingIn) await signingIn;
      if (isSignedIn) return await next(request);
      const { promise, resolve } = Promise.withResolvers<void>();
      signingIn = promise;
      try {
        const response = await next(request);
        isSignedIn = response.status < 300;
        return response;
      } finally {
        signingIn = undefined;
        resolve();
      }
    },
  };
}
