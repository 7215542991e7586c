/** A modal dialog: the platform keeps the focus inside, closes on Esc and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Announcements } from './announce.tsx';
import { Icon } from './icon.tsx';

interface DialogProps {
  title: ComponentChildren;
  /** `drawer`: at the right side, in full height; `wide`: a wider drawer. */
  kind?: 'box' | 'drawer' | 'drawer wide';
  onClose(): void;
  children: ComponentChildren;
}

export function Dialog({ title, kind = 'box', onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the effect of a field, which takes the focus once the dialog is open.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={kind}
      aria-labelledby={id}
      onCancel={(event) => {
        // A dialog inside of this one has an event of its own.
        if (event.target !== ref.current) return;
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="subtle square" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
      <Announcements />
    </dialog>
  );
}
