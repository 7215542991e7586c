/** Domain and token. Each error stands at its field, with the button that mends it where there is one. */
import type { ComponentChildren, TargetedEvent } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { BACKFILL_DAYS, POLL_INTERVAL_SECONDS } from '../../shared/connector-limits.ts';
import type { CallError } from '../api/call.ts';
import { useCountdown } from '../parts/countdown.ts';
import { Field } from '../parts/field.tsx';
import { Failed } from '../parts/notice.tsx';
import { TokenField } from '../parts/token-field.tsx';
import { fieldOf, holderIn, withoutAdmin } from '../words/error-help.ts';

export interface Details {
  domain: string;
  backfillDays: number;
  pollIntervalSeconds: number;
}

interface DetailsStepProps {
  details: Details;
  error: CallError | undefined;
  onChange(details: Details): void;
  onBack(): void;
  /** Whether it succeeded: only then is the token gone from its field. */
  onSubmit(details: Details, token: string): Promise<boolean>;
  onOpen(id: string): void;
}

export function DetailsStep(props: DetailsStepProps) {
  const { details, error, onChange, onBack, onSubmit, onOpen } = props;
  const token = useRef<HTMLInputElement>(null);
  const [isAsking, setIsAsking] = useState(false);
  const waitSeconds = useCountdown(error?.retryAfterSeconds, error);
  const submit = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    setIsAsking(true);
    const done = await onSubmit(details, token.current?.value ?? '');
    setIsAsking(false);
    if (done && token.current) token.current.value = '';
  };
  const field = error && fieldOf(error.error);
  const at = (name: string): ComponentChildren =>
    error && field === name ? (
      <FieldError error={error} {...{ details, onChange, onOpen }} />
    ) : undefined;
  const isElsewhere =
    error && !['domain', 'credential', 'backfillDays', 'pollIntervalSeconds'].includes(field ?? '');
  const set = (name: keyof Details) => (event: TargetedEvent<HTMLInputElement>) => {
    const { value, valueAsNumber } = event.currentTarget;
    onChange({ ...details, [name]: name === 'domain' ? value : valueAsNumber });
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Domain"
        value={details.domain}
        required
        isFirst
        autocomplete="off"
        spellcheck={false}
        placeholder="contoso.okta.com"
        error={at('domain')}
        onInput={set('domain')}
      />
      <TokenField inputRef={token} error={at('credential')} />
      <details>
        <summary>More</summary>
        <Field
          label="Days of history"
          type="number"
          min={BACKFILL_DAYS.min}
          max={BACKFILL_DAYS.max}
          required
          value={details.backfillDays}
          error={at('backfillDays')}
          onInput={set('backfillDays')}
        />
        <Field
          label="Seconds between polls"
          type="number"
          min={POLL_INTERVAL_SECONDS.min}
          max={POLL_INTERVAL_SECONDS.max}
          required
          value={details.pollIntervalSeconds}
          error={at('pollIntervalSeconds')}
          onInput={set('pollIntervalSeconds')}
        />
      </details>
      {isElsewhere ? <Failed error={error} /> : null}
      <div class="actions">
        <button type="button" onClick={onBack} disabled={isAsking}>
          Back
        </button>
        <button type="submit" class="primary" disabled={isAsking || waitSeconds > 0}>
          {isAsking ? 'Asking Okta…' : waitSeconds > 0 ? `Submit in ${waitSeconds} s` : 'Submit'}
        </button>
      </div>
    </form>
  );
}

type FieldErrorProps = Pick<DetailsStepProps, 'details' | 'onChange' | 'onOpen'> & {
  error: CallError;
};

function FieldError({ error: { error }, details, onChange, onOpen }: FieldErrorProps) {
  const plainDomain = withoutAdmin(details.domain);
  const holder = error.code === 'OrgAlreadyConnected' ? holderIn(error.message) : undefined;
  return (
    <>
      <strong>{error.message}</strong> {error.remedy}{' '}
      {error.code === 'AdminDomain' && plainDomain !== details.domain ? (
        <button type="button" onClick={() => onChange({ ...details, domain: plainDomain })}>
          Use {plainDomain}
        </button>
      ) : null}
      {holder ? (
        <button type="button" onClick={() => onOpen(holder)}>
          Open it
        </button>
      ) : null}
    </>
  );
}
