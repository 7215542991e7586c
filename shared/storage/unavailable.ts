import type { Problem } from '../errors.ts';

/** The storage account cannot be used now. */
export const storageUnavailable = (message: string): Problem => ({
  code: 'StorageUnavailable',
  message,
  remedy:
    'Try again in some seconds. If it stays, check that the storage account can be reached from this app, and that its identity or key is allowed to use it.',
  retryAfterSeconds: 5,
});
