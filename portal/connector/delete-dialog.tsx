/** Deletes a connector; purging its events wants its id typed. */
import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { useStatus } from '../api/queries.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Failed } from '../parts/notice.tsx';
import { counted } from '../words/amounts.ts';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

export function DeleteDialog({ connector, onClose }: DialogProps) {
  const { id, displayName } = connector;
  const { run, isRunning, error } = useRun(id);
  const { data } = useStatus(id);
  const [isPurging, setIsPurging] = useState(false);
  const [typed, setTyped] = useState('');
  const events = data ? `its ${counted(data.counts.stored, 'event')}` : 'its events';
  const submit = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = isPurging
      ? 'Deleted. Its events are being purged behind.'
      : 'Deleted. Its events are kept.';
    const query = { purgeEvents: isPurging ? 'true' : undefined };
    if (await run('remove', { query }, said)) onClose();
  };
  return (
    <Dialog title={`Delete ${displayName}?`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>Polling stops at once, and the token is deleted.</p>
        <fieldset>
          <legend>Its events</legend>
          <label>
            <input
              type="radio"
              name="events"
              checked={!isPurging}
              onChange={() => setIsPurging(false)}
            />
            Keep {events}
          </label>
          <label>
            <input
              type="radio"
              name="events"
              checked={isPurging}
              onChange={() => setIsPurging(true)}
            />
            Purge {events}
          </label>
        </fieldset>
        {isPurging ? (
          <Field
            label={`Type ${id} to confirm`}
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        ) : null}
        <Failed error={error} />
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class="primary danger"
            disabled={isRunning || (isPurging && typed !== id)}
          >
            Delete
          </button>
        </div>
      </form>
    </Dialog>
  );
}
