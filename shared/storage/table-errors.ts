/** Classifies failures of the Tables client. */
import { RestError } from '@azure/data-tables';
import { odataCode } from './transaction.ts';

/** The error of the pipeline after its last retry. */
export const isTimeout = (error: unknown): boolean =>
  error instanceof Error && error.name === 'AbortError';

/** A missing row counts as stale in a replace: another writer has deleted it. */
export function conflictOf(error: unknown): 'exists' | 'stale' | undefined {
  if (!(error instanceof RestError)) return undefined;
  if (error.statusCode === 412) return 'stale';
  if (error.statusCode === 409) return 'exists';
  if (error.statusCode === 404) return 'stale';
  return undefined;
}

export const isTableMissing = (error: unknown): boolean =>
  error instanceof RestError && error.statusCode === 404 && codeOf(error) === 'TableNotFound';

/** The error code of the service. */
const codeOf = ({ response, code }: RestError): string | undefined =>
  response ? odataCode(response.bodyAsText ?? '') : code;

/**
 * The rule of the service that a row violates (docs/azure.md, "Refused rows"). A 400 without the
 * service's error code may come from a proxy.
 */
export function refusedFor(error: unknown): string | undefined {
  if (!(error instanceof RestError)) return undefined;
  if (error.statusCode !== 400 && error.statusCode !== 413) return undefined;
  return codeOf(error);
}
