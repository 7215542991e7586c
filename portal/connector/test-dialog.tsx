/** Tests each step between the app and the log of the org. */
import { useEffect, useState } from 'preact/hooks';
import type { TestResult } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { Failed } from '../parts/notice.tsx';
import { count } from '../words/amounts.ts';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

const WORDS: Record<string, string> = {
  vault: 'Key Vault holds the token',
  dns: 'The domain has an address',
  tls: 'Okta can be reached',
  auth: 'Okta accepts the token',
  logsRead: 'The token can read the log',
  sinkWrite: 'Events can be stored',
};

export function TestDialog({ connector, onClose }: DialogProps) {
  const { run, error } = useRun(connector.id);
  const [result, setResult] = useState<TestResult>();
  useEffect(() => {
    void run<TestResult>('test').then((reply) => setResult(reply?.body));
  }, []);
  return (
    <Dialog title={`Test ${connector.displayName}`} onClose={onClose}>
      <div aria-live="polite">
        {result ? (
          <>
            <p class="large">{result.ok ? 'All checks passed.' : 'A check failed.'}</p>
            <Checks checks={result.checks} />
          </>
        ) : error ? (
          <Failed error={error} />
        ) : (
          <p>Asking Okta…</p>
        )}
      </div>
    </Dialog>
  );
}

export const Checks = ({ checks }: Pick<TestResult, 'checks'>) => (
  <ul class="checks">
    {checks.map(({ name, ok, durationMs, error }) => (
      <li key={name} class={ok ? 'good' : 'bad'}>
        <Icon name={ok ? 'check' : 'alert'} />
        <div>
          {WORDS[name] ?? name}{' '}
          <span class="hint">{ok ? `${count(durationMs)} ms` : 'failed'}</span>
          {error ? (
            <p>
              <strong>{error.message}</strong> {error.remedy}
            </p>
          ) : null}
        </div>
      </li>
    ))}
  </ul>
);
