/** How long the page waits until it asks again (pure). */
const LONGEST_MS = 60_000;

interface Outcome {
  error: unknown;
  errorUpdatedAt: number;
  /** 0 before the first success. */
  dataUpdatedAt: number;
}

/** The usual pause; while calls fail, half of the time that has passed since the last success. */
export function pauseMs(
  { error, errorUpdatedAt, dataUpdatedAt }: Outcome,
  usualMs: number,
): number {
  if (!error) return usualMs;
  const failingMs = errorUpdatedAt - (dataUpdatedAt || errorUpdatedAt);
  return Math.min(Math.max(usualMs, failingMs / 2), LONGEST_MS);
}
