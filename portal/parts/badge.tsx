/** The status of a connector: colour, icon and word say the same. */
import type { StatusName } from '../api/types.ts';
import { STATUS, type Tone } from '../words/status-words.ts';
import { Icon, type IconName } from './icon.tsx';

const ICONS: Record<Tone, IconName> = {
  good: 'check',
  busy: 'wait',
  warn: 'alert',
  bad: 'alert',
  off: 'pause',
};

export function Badge({ status }: { status: StatusName }) {
  const { word, tone } = STATUS[status];
  return (
    <span class={`badge ${tone}`}>
      <Icon name={ICONS[tone]} />
      {word}
    </span>
  );
}
