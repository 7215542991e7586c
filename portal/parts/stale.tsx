/** Says that what is shown is old because the app does not answer. */
import type { UseQueryResult } from '@tanstack/preact-query';
import { pauseMs } from '../api/pause.ts';
import { clock, duration } from '../words/amounts.ts';
import { messageOf, Notice } from './notice.tsx';
import { useNow } from './now.ts';

interface StaleProps {
  query: UseQueryResult<unknown, Error>;
  /** Between two calls that succeed. */
  usualPauseMs: number;
}

export const Stale = (props: StaleProps) =>
  props.query.error && props.query.data !== undefined ? <NotUpdated {...props} /> : null;

function NotUpdated({ query, usualPauseMs }: StaleProps) {
  const nowMs = useNow();
  const since = clock(new Date(query.dataUpdatedAt).toISOString());
  const leftMs = query.errorUpdatedAt + pauseMs(query, usualPauseMs) - nowMs;
  return (
    <div class="stale" role="status">
      <Notice
        tone="warn"
        title={`Not updated since ${since} (UTC).`}
        actions={
          <button type="button" onClick={() => query.refetch()}>
            Try again now
          </button>
        }
      >
        {messageOf(query.error)}{' '}
        <span aria-hidden="true">
          {leftMs > 0 && !query.isFetching
            ? `The page retries in ${duration(leftMs / 1000)}.`
            : 'The page is retrying.'}
        </span>
      </Notice>
    </div>
  );
}
