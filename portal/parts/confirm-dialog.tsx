/** A dialog with one action, and a button that leaves all as it is. */
import type { ComponentChildren } from 'preact';
import { Dialog } from './dialog.tsx';
import { Failed } from './notice.tsx';

interface Props {
  title: string;
  children: ComponentChildren;
  /** The name of the action. */
  action: string;
  cancel?: string;
  isDangerous?: boolean;
  isRunning: boolean;
  error: Parameters<typeof Failed>[0]['error'];
  onConfirm(): void;
  onClose(): void;
}

export const ConfirmDialog = (props: Props) => (
  <Dialog title={props.title} onClose={props.onClose}>
    {props.children}
    <Failed error={props.error} />
    <div class="actions">
      <button type="button" onClick={props.onClose}>
        {props.cancel ?? 'Cancel'}
      </button>
      <button
        type="button"
        class={props.isDangerous ? 'primary danger' : 'primary'}
        disabled={props.isRunning}
        onClick={props.onConfirm}
      >
        {props.action}
      </button>
    </div>
  </Dialog>
);
