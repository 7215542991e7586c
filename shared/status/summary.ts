/** The status of a connector in a list (docs/contract.md, "Summaries"; pure). */
import type { StatusInputs } from './status-inputs.ts';
import { statusWithoutCounts } from './view.ts';

export function summaryOf(inputs: StatusInputs) {
  const { statusReason, since, live, backfill, gaps, lastError } = statusWithoutCounts(inputs);
  return {
    statusReason,
    since,
    lagSeconds: live?.lagSeconds ?? null,
    caughtUp: live?.caughtUp ?? false,
    lastEventAt: live?.lastEventAt ?? null,
    lastSuccessAt: live?.lastSuccessAt ?? null,
    nextRunAt: live?.nextRunAt ?? null,
    live: live?.state ?? null,
    backfill: backfill && {
      state: backfill.state,
      percentComplete: backfill.percentComplete,
      estimatedSecondsLeft: backfill.estimatedSecondsLeft,
    },
    gaps: gaps.length,
    lastError: lastError && {
      code: lastError.code,
      at: lastError.at,
      retryable: lastError.retryable,
    },
  };
}
