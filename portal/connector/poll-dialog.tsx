/** Asks for a poll out of turn; it needs no answer of the user, only a word of what came of it. */
import { useEffect } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { Failed } from '../parts/notice.tsx';
import type { DialogProps } from './dialog-props.ts';
import { useRun } from './run.ts';

export function PollDialog({ connector, onClose }: DialogProps) {
  const { run, error } = useRun(connector.id);
  useEffect(() => {
    void run('poll', {}, 'A poll was requested.').then((reply) => {
      if (reply) onClose();
    });
  }, []);
  if (!error) return null;
  return (
    <Dialog title="Poll now" onClose={onClose}>
      <Failed error={error} />
    </Dialog>
  );
}
