/** The end of the wizard: what has arrived already, counted. */
import { useStatus } from '../api/queries.ts';
import type { Connector } from '../api/types.ts';
import { Badge } from '../parts/badge.tsx';
import { useNow } from '../parts/now.ts';
import { Progress } from '../parts/progress.tsx';
import { counted } from '../words/amounts.ts';
import { historyVerdict, liveFactsOf, liveVerdict } from '../words/verdicts.ts';

interface ConnectedProps {
  connector: Connector;
  onOpen(): void;
  onClose(): void;
}

export function Connected({ connector, onOpen, onClose }: ConnectedProps) {
  const nowMs = useNow();
  const { data } = useStatus(connector.id);
  const live = data && liveVerdict(liveFactsOf(data), nowMs);
  const history = data && historyVerdict(data.backfill, connector.backfillDays);
  // The sum of distinct events follows within seconds; until then live has counted its own.
  const arrived = data?.counts.stored || (data?.live?.events ?? 0);
  const isFilled = data?.backfill?.state === 'Succeeded';
  return (
    <>
      <Badge status={data?.status ?? connector.status} />
      <p class="large" role="status">
        {arrived > 0
          ? `${counted(arrived, 'event')} have arrived.`
          : 'Waiting for the first events…'}
      </p>
      <p>
        {live?.word} {live?.detail ? <span class="hint">{live.detail}</span> : null}
      </p>
      {data?.backfill ? <Progress label="Backfill" value={data.backfill.percentComplete} /> : null}
      {connector.backfillDays > 0 ? (
        <p class="hint">
          {isFilled
            ? `The ${connector.backfillDays} days before are complete.`
            : `The ${connector.backfillDays} days before: ${[history?.word, history?.detail].filter(Boolean).join(', ')}. You can close this page; it goes on.`}
        </p>
      ) : null}
      <div class="actions">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button type="button" class="primary" onClick={onOpen}>
          Open
        </button>
      </div>
    </>
  );
}
