/** The record of management calls: of one connector, or of all. */
import { Link } from 'wouter-preact';
import { useAudit } from '../api/queries.ts';
import { More } from '../parts/more.tsx';
import { Failed } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';
import { dayAndClock } from '../words/amounts.ts';
import { plainText } from '../words/plain-text.ts';

const TONES = { started: 'busy', ok: 'good', refused: 'warn', failed: 'bad' };

export function AuditPage({ listHref }: { listHref: string }) {
  useTitle('Audit');
  return (
    <>
      <Link href={listHref}>← App connectors</Link>
      <h1>Audit</h1>
      <p class="hint">Management calls, webhooks, refusals and exports. Times are in UTC.</p>
      <AuditTable />
    </>
  );
}

export function AuditTable({ connectorId }: { connectorId?: string }) {
  const query = useAudit(connectorId);
  const entries = query.data?.pages.flatMap(({ value }) => value) ?? [];
  return (
    <>
      <Failed error={query.error} />
      <table class="cards">
        <caption class="hidden">The record, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Action</th>
            <th scope="col">Caller</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ at, caller, action, connectorId: id, result, code, detail }, index) => (
            <tr key={index}>
              <th scope="row">{dayAndClock(at)}</th>
              <td data-label="Action">
                {action}
                <small>
                  {[id, detail]
                    .filter((text) => text)
                    .map(plainText)
                    .join(' · ')}
                </small>
              </td>
              <td data-label="Caller">
                <bdi>{plainText(caller)}</bdi>
              </td>
              <td data-label="Result">
                <span class={TONES[result]}>{result}</span>
                <small>{code}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <More query={query} />
    </>
  );
}
