/** What the runs have done, what could not be stored, and who changed what. */
import { useState } from 'preact/hooks';
import { useDeadLetters, useRuns } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { RunList } from '../api/types.ts';
import { More } from '../parts/more.tsx';
import { Failed } from '../parts/notice.tsx';
import { ago, count, counted } from '../words/amounts.ts';
import { plainText, visibleLines } from '../words/plain-text.ts';
import { AuditTable } from './audit.tsx';

type Run = RunList['value'][number];

const RESULTS: Record<Run['result'], { word: string; tone: string }> = {
  ended: { word: 'read to the end', tone: 'good' },
  budget: { word: 'goes on', tone: 'good' },
  wait: { word: 'waits for the limit', tone: 'busy' },
  throttled: { word: 'throttled', tone: 'warn' },
  failed: { word: 'failed', tone: 'bad' },
  lost: { word: 'handed over', tone: 'off' },
};
const SHOWN = 10;

export function History({ id, nowMs }: { id: string; nowMs: number }) {
  const runs = useRuns(id);
  const mayAudit = useMay('Admin');
  return (
    <>
      <section>
        <h3>Runs</h3>
        <Failed error={runs.error} />
        {runs.data ? <Runs runs={runs.data.value} nowMs={nowMs} /> : null}
      </section>
      <section>
        <h3>Set aside</h3>
        <DeadLetters id={id} nowMs={nowMs} />
      </section>
      {mayAudit ? (
        <section>
          <h3>Audit</h3>
          <AuditTable connectorId={id} />
        </section>
      ) : null}
    </>
  );
}

function Runs({ runs, nowMs }: { runs: readonly Run[]; nowMs: number }) {
  const [showsAll, setShowsAll] = useState(false);
  if (runs.length === 0) return <p class="hint">No run yet.</p>;
  const failed = runs.filter(({ result }) => result === 'failed').length;
  return (
    <>
      <div
        class="strip"
        role="img"
        aria-label={`The last ${counted(runs.length, 'run')}, ${failed} failed`}
      >
        {runs.toReversed().map((run, at) => (
          <span key={at} class={RESULTS[run.result].tone} />
        ))}
      </div>
      <table class="cards">
        <caption class="hidden">The last runs, the latest first</caption>
        <thead>
          <tr>
            <th scope="col">Ended</th>
            <th scope="col">Result</th>
            <th scope="col">Events</th>
          </tr>
        </thead>
        <tbody>
          {runs.slice(0, showsAll ? runs.length : SHOWN).map((run, at) => (
            <tr key={at}>
              <th scope="row">
                {ago(run.endedAt, nowMs)}
                <small>{run.kind}</small>
              </th>
              <td data-label="Result">
                <span class={RESULTS[run.result].tone}>{RESULTS[run.result].word}</span>
                {run.error ? <small>{run.error.message}</small> : null}
              </td>
              <td data-label="Events">
                {count(run.events)}
                <small>{counted(run.pages, 'page')}</small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {showsAll || runs.length <= SHOWN ? null : (
        <button type="button" onClick={() => setShowsAll(true)}>
          Show all {runs.length}
        </button>
      )}
    </>
  );
}

function DeadLetters({ id, nowMs }: { id: string; nowMs: number }) {
  const query = useDeadLetters(id);
  const letters = query.data?.pages.flatMap(({ value }) => value) ?? [];
  return (
    <>
      <Failed error={query.error} />
      {query.data && letters.length === 0 ? (
        <p class="hint">Nothing: every entry of the log could be stored as an event.</p>
      ) : null}
      {letters.map(({ at, reason, uuid, raw }, index) => (
        <details key={index}>
          <summary>
            {ago(at, nowMs)} · {reason} {uuid ? <bdi>{plainText(uuid)}</bdi> : null}
          </summary>
          <pre>{visibleLines(JSON.stringify(raw, null, 2))}</pre>
        </details>
      ))}
      <More query={query} />
    </>
  );
}
