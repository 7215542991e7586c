/** The configuration of a connector, and what ends it. */
import type { TargetedEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import {
  BACKFILL_DAYS,
  DISPLAY_NAME_CHARACTERS,
  POLL_INTERVAL_SECONDS,
} from '../../shared/connector-limits.ts';
import { CallError } from '../api/call.ts';
import { useMay } from '../api/session.ts';
import type { Connector } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { Failed } from '../parts/notice.tsx';
import type { ActionName, Actions } from './actions.tsx';
import { EventHookSection } from './event-hook.tsx';
import { useRun } from './run.ts';

interface SettingsProps {
  connector: Connector;
  etag: string | undefined;
  actions: Actions;
  nowMs: number;
}

const FIELDS = ['displayName', 'domain', 'pollIntervalSeconds', 'backfillDays'] as const;
type FieldName = (typeof FIELDS)[number];

export function Settings({ connector, etag, actions, nowMs }: SettingsProps) {
  const mayEdit = useMay('Admin');
  const { run, isRunning, error } = useRun(connector.id);
  // The revision that the user edits, whatever happens meanwhile.
  const revision = useRef(etag);
  const [given, setGiven] = useState<Pick<Connector, FieldName>>(connector);
  const changed = FIELDS.filter((name) => given[name] !== connector[name]);
  const refused = error instanceof CallError ? error : undefined;
  const isOutdated = refused?.status === 412;
  const at = (name: FieldName) =>
    refused?.error.target === name ? `${refused.error.message} ${refused.error.remedy ?? ''}` : '';
  const save = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = Object.fromEntries(changed.map((name) => [name, given[name]]));
    const headers: Record<string, string> = revision.current
      ? { 'if-match': revision.current }
      : {};
    const reply = await run<Connector>('patch', { body, headers }, 'Saved.');
    if (reply) {
      revision.current = reply.etag;
      setGiven(reply.body);
    }
  };
  const field = (name: FieldName) => ({
    value: given[name],
    disabled: !mayEdit,
    required: true,
    error: at(name),
    onInput: ({ currentTarget }: TargetedEvent<HTMLInputElement>) =>
      setGiven((before) => ({
        ...before,
        [name]: currentTarget.type === 'number' ? currentTarget.valueAsNumber : currentTarget.value,
      })),
  });
  const isAtField = FIELDS.some((name) => at(name));
  const others: ActionName[] = ['replaceToken', 'disable', 'enable', 'remove'];
  return (
    <>
      <form onSubmit={save}>
        <Field label="Name" maxlength={DISPLAY_NAME_CHARACTERS.max} {...field('displayName')} />
        <Field label="Domain" hint="Another name of the same org." {...field('domain')} />
        <div class="columns">
          <Field
            label="Seconds between polls"
            type="number"
            min={POLL_INTERVAL_SECONDS.min}
            max={POLL_INTERVAL_SECONDS.max}
            {...field('pollIntervalSeconds')}
          />
          <Field
            label="Days of history"
            type="number"
            min={BACKFILL_DAYS.min}
            max={BACKFILL_DAYS.max}
            hint="More days are filled in; fewer delete nothing."
            {...field('backfillDays')}
          />
        </div>
        {isOutdated ? (
          <p class="error" role="alert">
            Changed meanwhile: look again.{' '}
            <button
              type="button"
              onClick={() => {
                revision.current = etag;
                setGiven(connector);
              }}
            >
              Show the present settings
            </button>
          </p>
        ) : isAtField ? null : (
          <Failed error={error} />
        )}
        {mayEdit ? (
          <div class="actions">
            <button type="submit" class="primary" disabled={isRunning || changed.length === 0}>
              {isRunning ? 'Saving…' : 'Save'}
            </button>
          </div>
        ) : (
          <p class="hint">Changing these needs the role Connector.Admin.</p>
        )}
      </form>
      <EventHookSection id={connector.id} nowMs={nowMs} />
      <h3>Manage</h3>
      <div class="toolbar">
        {others
          .filter((name) => actions.may(name))
          .map((name) => (
            <button
              key={name}
              type="button"
              class={name === 'remove' ? 'danger' : ''}
              onClick={() => actions.open(name)}
            >
              {WORDS[name]}
            </button>
          ))}
      </div>
    </>
  );
}

const WORDS: Partial<Record<ActionName, string>> = {
  replaceToken: 'Replace token…',
  disable: 'Disable…',
  enable: 'Enable',
  remove: 'Delete…',
};
