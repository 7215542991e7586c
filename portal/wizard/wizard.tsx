/** Connects an app: name, then domain and token, then what arrives. */
import type { TargetedEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import {
  BACKFILL_DAYS,
  DISPLAY_NAME_CHARACTERS,
  POLL_INTERVAL_SECONDS,
} from '../../shared/connector-limits.ts';
import { CallError, call } from '../api/call.ts';
import { useRefresh } from '../api/queries.ts';
import type { Connector } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Failed } from '../parts/notice.tsx';
import { useTitle } from '../parts/title.ts';
import { idFor } from '../words/error-help.ts';
import { Connected } from './connected.tsx';
import { type Details, DetailsStep } from './details-step.tsx';

const STEPS = ['Name', 'Domain and token', 'Connected'];
const UNSET: Details = {
  domain: '',
  backfillDays: BACKFILL_DAYS.unset,
  pollIntervalSeconds: POLL_INTERVAL_SECONDS.unset,
};

export function Wizard({ onClose }: { onClose(): void }) {
  useTitle('Connect Okta');
  const [, navigate] = useLocation();
  const refresh = useRefresh();
  const [step, setStep] = useState(0);
  const [name, setName] = useState({ displayName: '', id: '' });
  const [details, setDetails] = useState(UNSET);
  const [error, setError] = useState<CallError>();
  const [connector, setConnector] = useState<Connector>();
  const isAboutName = error?.status === 412 || /^(id|displayName)$/.test(error?.error.target ?? '');
  useEffect(() => {
    if (isAboutName) setStep(0);
  }, [isAboutName]);

  const submit = async (given: Details, token: string): Promise<boolean> => {
    setError(undefined);
    try {
      const { body } = await call<Connector>('put', {
        parameters: { id: name.id },
        headers: { 'if-none-match': '*' },
        body: { ...given, displayName: name.displayName, credential: { kind: 'apiToken', token } },
      });
      setConnector(body);
      setStep(2);
      await refresh();
      return true;
    } catch (failed) {
      if (!(failed instanceof CallError)) throw failed;
      setError(failed);
      return false;
    }
  };

  return (
    <Dialog
      title={connector ? `Great, ${connector.displayName} is connected` : 'Connect Okta'}
      onClose={onClose}
    >
      <ol class="steps">
        {STEPS.map((word, at) => (
          <li
            key={word}
            aria-current={at === step ? 'step' : undefined}
            class={at <= step ? 'done' : ''}
          >
            {word}
          </li>
        ))}
      </ol>
      {step === 0 ? (
        <NameStep
          name={name}
          error={isAboutName ? error : undefined}
          onNext={(given) => {
            setName(given);
            setError(undefined);
            setStep(1);
          }}
        />
      ) : null}
      {step === 1 ? (
        <DetailsStep
          details={details}
          error={error}
          onChange={setDetails}
          onBack={() => setStep(0)}
          onSubmit={submit}
          onOpen={(id) => navigate(`/connectors/${id}`)}
        />
      ) : null}
      {connector ? (
        <Connected
          connector={connector}
          onClose={onClose}
          onOpen={() => navigate(`/connectors/${connector.id}`)}
        />
      ) : null}
    </Dialog>
  );
}

interface NameStepProps {
  name: { displayName: string; id: string };
  error: CallError | undefined;
  onNext(name: { displayName: string; id: string }): void;
}

function NameStep({ name, error, onNext }: NameStepProps) {
  const [displayName, setDisplayName] = useState(name.displayName);
  // Until it is edited, the id follows the name.
  const [ownId, setOwnId] = useState<string>();
  const id = ownId ?? (name.id && displayName === name.displayName ? name.id : idFor(displayName));
  const isTaken = error?.status === 412;
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    onNext({ displayName: displayName.trim(), id });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        value={displayName}
        required
        maxlength={DISPLAY_NAME_CHARACTERS.max}
        isFirst
        placeholder="Contoso Okta"
        onInput={(event) => setDisplayName(event.currentTarget.value)}
      />
      <Field
        label="Id"
        value={id}
        required
        pattern="[a-z0-9](?:[a-z0-9\-]{0,38}[a-z0-9])?"
        title="1 to 40 lower-case letters, digits and hyphens, no hyphen first or last"
        hint="Part of its addresses; it cannot be changed later."
        error={isTaken ? 'Another connector has this id. Choose another one.' : undefined}
        onInput={(event) => setOwnId(event.currentTarget.value)}
      />
      {error && !isTaken ? <Failed error={error} /> : null}
      <div class="actions">
        <button type="submit" class="primary">
          Next
        </button>
      </div>
    </form>
  );
}
