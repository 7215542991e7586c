/** The dialogs of an event hook: what to enter in Okta, another secret, the end. */
import type { MadeEventHook } from '../api/types.ts';
import { useAnnounce } from '../parts/announce.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/field.tsx';
import { Notice } from '../parts/notice.tsx';
import { type Runner, useRun } from './run.ts';

interface MadeProps {
  made: MadeEventHook;
  onClose(): void;
}

/** The only place of the page that has the secret; it is gone when the dialog is closed. */
export const EventHookDialog = ({ made, onClose }: MadeProps) => (
  <Dialog title="Enter this in Okta" onClose={onClose}>
    <Notice tone="warn" title="The secret is shown only here.">
      Keep this open until you have entered it.
    </Notice>
    <ol>
      <li>
        In the Okta admin console: Workflow → Event Hooks → Create Event Hook. Only a super
        administrator sees it.
      </li>
      <li>
        As <b>Endpoint URL</b>:<Copied label="URL" value={made.url} />
      </li>
      <li>
        As <b>Authentication field</b>: <code>Authorization</code>. As <b>Authentication secret</b>:
        <Copied label="Secret" value={made.authorization} />
      </li>
      <li>
        Subscribe to events that happen often, such as <i>User login to Okta</i>, and to those that
        matter to you: users, factors, groups, applications, policies. Each poll reads the events of
        all types.
      </li>
      <li>
        Save, then <b>Verify</b>. The first call may take a minute.
      </li>
    </ol>
    <div class="actions">
      <button type="button" class="primary" onClick={onClose}>
        Done
      </button>
    </div>
  </Dialog>
);

function Copied({ label, value }: { label: string; value: string }) {
  const announce = useAnnounce();
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    announce(`${label} copied.`);
  };
  return (
    <div class="with-button">
      <Field
        label={label}
        value={value}
        readOnly
        class="mono"
        autocomplete="off"
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <button type="button" aria-label={`Copy ${label}`} onClick={copy}>
        Copy
      </button>
    </div>
  );
}

interface ReplaceProps extends Pick<Runner, 'isRunning' | 'error'> {
  onReplace(): void;
  onClose(): void;
}

export const ReplaceSecretDialog = ({ onReplace, ...others }: ReplaceProps) => (
  <ConfirmDialog
    {...others}
    title="Replace the secret of the event hook?"
    action="Replace"
    onConfirm={onReplace}
  >
    <p>
      Calls with the present secret are refused at once. Until the new one is entered in Okta, the
      connector polls by its interval only. The URL stays.
    </p>
  </ConfirmDialog>
);

export function RemoveHookDialog({ id, onClose }: { id: string; onClose(): void }) {
  const { run, isRunning, error } = useRun(id);
  const remove = async () => {
    if (await run('removeEventHook', {}, 'The event hook is removed.')) onClose();
  };
  return (
    <ConfirmDialog
      {...{ isRunning, error, onClose }}
      title="Remove the event hook?"
      action="Remove"
      isDangerous
      onConfirm={remove}
    >
      <p>
        Its URL and secret end at once. The connector continues to poll by its interval. Deactivate
        the hook in Okta as well.
      </p>
    </ConfirmDialog>
  );
}
