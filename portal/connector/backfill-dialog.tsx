/** Reads a range again: to fill it, or to verify that nothing of it is missing. */
import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { OKTA_RETENTION_DAYS } from '../../shared/connector-limits.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Failed } from '../parts/notice.tsx';
import { day, daysAfter } from '../words/amounts.ts';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

const WORDS = {
  fill: { title: 'Fill a range', submit: 'Fill', said: 'The backfill has started.' },
  verify: { title: 'Verify a range', submit: 'Verify', said: 'The verification has started.' },
};

export function BackfillDialog({
  connector,
  mode,
  onClose,
}: DialogProps & { mode: 'fill' | 'verify' }) {
  const { run, isRunning, error } = useRun(connector.id);
  const today = day(new Date().toISOString());
  const [from, setFrom] = useState(daysAfter(today, -connector.backfillDays));
  const [to, setTo] = useState(today);
  const { title, submit, said } = WORDS[mode];
  const start = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = {
      mode,
      from: `${from}T00:00:00.000Z`,
      // The last day counts as a whole; up to now when it is today.
      ...(to === today ? {} : { to: `${daysAfter(to, 1)}T00:00:00.000Z` }),
    };
    if (await run('startBackfill', { body }, said)) onClose();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={start}>
        <p>
          {mode === 'verify'
            ? 'Okta’s log is read again and compared with what is stored. Missing events are stored and counted.'
            : 'Okta’s log is read again. Events that are stored already stay as they are.'}
        </p>
        <div class="columns">
          <Field
            label="First day (UTC)"
            type="date"
            required
            max={to}
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
          <Field
            label="Last day (UTC)"
            type="date"
            required
            min={from}
            max={today}
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </div>
        <p class="hint">Okta keeps {OKTA_RETENTION_DAYS} days: what is older is left out.</p>
        <Failed error={error} />
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isRunning}>
            {submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
