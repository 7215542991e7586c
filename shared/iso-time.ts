/** Instants in replies: RFC 3339 UTC with milliseconds. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** Null for an unknown instant. */
export const isoTimeOrNull = (ms: number | undefined): string | null =>
  ms === undefined || ms === 0 ? null : isoTime(ms);
