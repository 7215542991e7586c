/** The actions on a connector that its user may use, with their dialogs. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useMay } from '../api/session.ts';
import type { Connector } from '../api/types.ts';
import type { MenuItem } from '../parts/menu.tsx';
import { BackfillDialog } from './backfill-dialog.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import type { DialogProps } from './dialog-props.ts';
import { DisableDialog, EnableDialog } from './disable-dialog.tsx';
import { PollDialog } from './poll-dialog.tsx';
import { ReplaceTokenDialog } from './replace-token-dialog.tsx';
import { TestDialog } from './test-dialog.tsx';

const DIALOGS = {
  test: { word: 'Test now', role: 'Operator', Dialog: TestDialog },
  poll: { word: 'Poll now', role: 'Operator', Dialog: PollDialog },
  fill: { word: 'Fill a range…', role: 'Operator', Dialog: FillDialog },
  verify: { word: 'Verify a range…', role: 'Operator', Dialog: VerifyDialog },
  replaceToken: { word: 'Replace token…', role: 'Admin', Dialog: ReplaceTokenDialog },
  disable: { word: 'Disable…', role: 'Operator', Dialog: DisableDialog },
  enable: { word: 'Enable', role: 'Operator', Dialog: EnableDialog },
  remove: { word: 'Delete…', role: 'Admin', Dialog: DeleteDialog },
} as const;

export type ActionName = keyof typeof DIALOGS;

function FillDialog(props: DialogProps) {
  return <BackfillDialog {...props} mode="fill" />;
}

function VerifyDialog(props: DialogProps) {
  return <BackfillDialog {...props} mode="verify" />;
}

export interface Actions {
  items: MenuItem[];
  open(name: ActionName): void;
  may(name: ActionName): boolean;
  dialogs: ComponentChildren;
}

export function useActions(connector: Connector, onGone?: () => void): Actions {
  const mayOperate = useMay('Operator');
  const mayManage = useMay('Admin');
  const [opened, setOpened] = useState<ActionName>();
  const may = (name: ActionName) => {
    if (name === (connector.enabled ? 'enable' : 'disable')) return false;
    if (!connector.enabled && ['poll', 'fill', 'verify'].includes(name)) return false;
    return DIALOGS[name].role === 'Admin' ? mayManage : mayOperate;
  };
  const names = (Object.keys(DIALOGS) as ActionName[]).filter(may);
  const Opened = opened && DIALOGS[opened].Dialog;
  const close = () => setOpened(undefined);
  return {
    open: setOpened,
    may,
    items: names.map((name) => ({
      word: DIALOGS[name].word,
      isDangerous: name === 'remove',
      act: () => setOpened(name),
    })),
    dialogs: Opened ? (
      <Opened
        connector={connector}
        onClose={() => {
          close();
          if (opened === 'remove') onGone?.();
        }}
      />
    ) : null,
  };
}
