/** Switches polling off and on. */
import { useEffect } from 'preact/hooks';
import { OKTA_RETENTION_DAYS } from '../../shared/connector-limits.ts';
import { useStatus } from '../api/queries.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Failed } from '../parts/notice.tsx';
import { day, daysAfter } from '../words/amounts.ts';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

export function DisableDialog({ connector, onClose }: DialogProps) {
  const { run, isRunning, error } = useRun(connector.id);
  const { data } = useStatus(connector.id);
  const disable = async () => {
    if (await run('disable', {}, `${connector.displayName} is disabled.`)) onClose();
  };
  const dies = data?.credential.expiresIfIdleAt;
  const read = data?.live?.lastSuccessAt;
  return (
    <ConfirmDialog
      {...{ isRunning, error, onClose }}
      title={`Disable ${connector.displayName}?`}
      action="Disable"
      cancel="Keep it running"
      onConfirm={disable}
    >
      <p>Polling stops. Stored events, the credential and the place in the log stay.</p>
      <ul>
        {read ? (
          <li>
            Nothing is lost until {daysAfter(read, OKTA_RETENTION_DAYS)}: Okta keeps{' '}
            {OKTA_RETENTION_DAYS} days.
          </li>
        ) : null}
        {dies ? <li>Unused, the token dies on {day(dies)}.</li> : null}
      </ul>
    </ConfirmDialog>
  );
}

export function EnableDialog({ connector, onClose }: DialogProps) {
  const { run, error } = useRun(connector.id);
  useEffect(() => {
    void run('enable', {}, `${connector.displayName} is enabled.`).then((reply) => {
      if (reply) onClose();
    });
  }, []);
  return (
    <Dialog title={`Enable ${connector.displayName}`} onClose={onClose}>
      {error ? <Failed error={error} /> : <p role="status">Asking Okta…</p>}
    </Dialog>
  );
}
