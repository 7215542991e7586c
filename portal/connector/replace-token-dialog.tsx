/** Gives a connector a new token: Okta is asked before it replaces the old one. */
import type { TargetedEvent } from 'preact';
import { useRef } from 'preact/hooks';
import { CallError } from '../api/call.ts';
import { Dialog } from '../parts/dialog.tsx';
import { TokenField } from '../parts/token-field.tsx';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

export function ReplaceTokenDialog({ connector, onClose }: DialogProps) {
  const { run, isRunning, error } = useRun(connector.id);
  const token = useRef<HTMLInputElement>(null);
  const submit = async (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const credential = { kind: 'apiToken', token: token.current?.value ?? '' };
    if (!(await run('patch', { body: { credential } }, 'The token is replaced.'))) return;
    if (token.current) token.current.value = '';
    onClose();
  };
  const refused = error instanceof CallError ? error.error : undefined;
  return (
    <Dialog title={`Replace the token of ${connector.displayName}`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>The old token stays in use until Okta accepts the new one.</p>
        <TokenField
          inputRef={token}
          isFirst
          error={
            refused && (
              <>
                <strong>{refused.message}</strong> {refused.remedy}
              </>
            )
          }
        />
        <div class="actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isRunning}>
            {isRunning ? 'Asking Okta…' : 'Replace'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
