import type { Problem } from '../errors.ts';

/** The storage account is unavailable. */
export const storageUnavailable = (message: string): Problem => ({
  code: 'StorageUnavailable',
  message,
  remedy:
    'Try again in a few seconds. If the error persists, check that the app can reach the storage account, and that its identity or key is allowed to use it.',
  retryAfterSeconds: 5,
});
