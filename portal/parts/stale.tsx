/** Says that what is shown is old because the app does not answer. */
import type { UseQueryResult } from '@tanstack/preact-query';
import { clock } from '../words/amounts.ts';
import { messageOf, Notice } from './notice.tsx';

export function Stale({ query }: { query: UseQueryResult<unknown, Error> }) {
  if (!query.error || query.data === undefined) return null;
  const since = clock(new Date(query.dataUpdatedAt).toISOString());
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
        {messageOf(query.error)} The page retries automatically.
      </Notice>
    </div>
  );
}
