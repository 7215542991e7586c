/** The backfills of a connector: what was read again, and what came of it. */
import { useBackfills } from '../api/queries.ts';
import type { Backfill } from '../api/types.ts';
import { Failed } from '../parts/notice.tsx';
import { Progress } from '../parts/progress.tsx';
import { ago, count, day, duration, percent } from '../words/amounts.ts';
import type { Actions } from './actions.tsx';
import { useRun } from './run.ts';

interface BackfillsProps {
  id: string;
  actions: Actions;
  nowMs: number;
}

export function Backfills({ id, actions, nowMs }: BackfillsProps) {
  const { data, error } = useBackfills(id);
  const { run, error: refused, isRunning } = useRun(id);
  const cancel = (backfillId: string) =>
    run('cancelBackfill', { parameters: { backfillId } }, 'The backfill is canceled.');
  return (
    <>
      <div class="toolbar">
        {actions.may('fill') ? (
          <button type="button" onClick={() => actions.open('fill')}>
            Fill a range…
          </button>
        ) : null}
        {actions.may('verify') ? (
          <button type="button" onClick={() => actions.open('verify')}>
            Verify a range…
          </button>
        ) : null}
      </div>
      <Failed error={refused} />
      {data ? (
        <table class="cards">
          <caption class="hidden">Backfills, the latest first</caption>
          <thead>
            <tr>
              <th scope="col">Range</th>
              <th scope="col">Result</th>
              <th scope="col">Events</th>
              <th scope="col">Started</th>
              <th scope="col">
                <span class="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.value.map((one) => (
              <tr key={one.id}>
                <th scope="row">
                  {one.mode === 'verify' ? 'Verify' : 'Fill'}
                  <small>
                    <span class="nowrap">{day(one.from)} to</span>{' '}
                    <span class="nowrap">{day(one.to)}</span>
                  </small>
                </th>
                <td data-label="Result">
                  <Result backfill={one} />
                </td>
                <td data-label="Events" class="nowrap">
                  {count(one.events)}
                  <small>{count(one.requests)} requests</small>
                </td>
                <td data-label="Started" class="nowrap">
                  {ago(one.startedAt, nowMs)}
                  <small>{one.endedAt ? `took ${took(one)}` : ''}</small>
                </td>
                <td>
                  {one.state === 'Running' && actions.may('fill') ? (
                    <button
                      type="button"
                      class="subtle"
                      disabled={isRunning}
                      onClick={() => cancel(one.id)}
                    >
                      Cancel
                    </button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <Failed error={error} />
      )}
      {data?.value.length === 0 ? <p class="hint">No backfill yet.</p> : null}
    </>
  );
}

const took = ({ startedAt, endedAt }: Backfill): string =>
  duration((Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1000);

function Result({ backfill }: { backfill: Backfill }) {
  const { state, mode, missing, percentComplete, estimatedSecondsLeft } = backfill;
  if (state === 'Running')
    return (
      <>
        <Progress label="Progress" value={percentComplete} />
        <small>
          {percent(percentComplete)}
          {estimatedSecondsLeft === null ? '' : ` · about ${duration(estimatedSecondsLeft)} left`}
        </small>
      </>
    );
  if (state === 'Succeeded' && mode === 'verify')
    return <strong class={missing ? 'warn' : 'good'}>{count(missing ?? 0)} missing</strong>;
  if (state === 'Succeeded') return <span class="good">Complete</span>;
  return (
    <span class={state === 'Failed' ? 'bad' : 'off'}>
      {state} at {percent(percentComplete)}
    </span>
  );
}
