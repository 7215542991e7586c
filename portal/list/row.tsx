/** A connector in the list: three answers, and the actions on it. */
import { Link } from 'wouter-preact';
import type { Listed } from '../api/types.ts';
import { useActions } from '../connector/actions.tsx';
import { Badge } from '../parts/badge.tsx';
import { Menu } from '../parts/menu.tsx';
import { Progress } from '../parts/progress.tsx';
import { ago, day } from '../words/amounts.ts';
import { visible } from '../words/plain-text.ts';
import { historyVerdict, liveVerdict } from '../words/verdicts.ts';

export function Row({ connector, nowMs }: { connector: Listed; nowMs: number }) {
  const { id, displayName, domain, status, summary, createdAt, backfillDays } = connector;
  const { items, dialogs } = useActions(connector);
  const live = summary && liveVerdict({ status, ...summary }, nowMs);
  const history = summary && historyVerdict(summary.backfill, backfillDays);
  const isFilling = summary?.backfill?.state === 'Running';
  const name = visible(displayName);
  return (
    <tr>
      <th scope="row">
        <Link href={`/connectors/${id}`}>
          <bdi>{name}</bdi>
        </Link>
        <small>{domain}</small>
      </th>
      <td>
        <Badge status={status} />
        {summary?.lastError ? <small>{summary.lastError.code}</small> : null}
      </td>
      <td data-label="Up to date">
        {live?.word}
        <small>{live?.detail}</small>
      </td>
      <td data-label="History">
        {isFilling ? (
          <Progress label={`Backfill of ${name}`} value={summary?.backfill?.percentComplete ?? 0} />
        ) : null}
        {history?.word}
        <small>{history?.detail}</small>
        {summary && summary.gaps > 0 ? <small class="warn">{summary.gaps} gaps</small> : null}
      </td>
      <td data-label="Last event">
        {summary?.lastEventAt ? ago(summary.lastEventAt, nowMs) : '–'}
      </td>
      <td data-label="Was connected on">{day(createdAt)}</td>
      <td>
        <Menu label={`Actions for ${name}`} items={items} />
        {dialogs}
      </td>
    </tr>
  );
}
