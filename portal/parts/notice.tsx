/** What went wrong with a call, and what to do. */
import type { ComponentChildren } from 'preact';
import { CallError } from '../api/call.ts';
import type { Tone } from '../words/status-words.ts';
import { Icon } from './icon.tsx';

interface NoticeProps {
  title: ComponentChildren;
  tone?: Tone;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

export const Notice = ({ title, tone = 'bad', children, actions }: NoticeProps) => (
  <section class={`notice ${tone}`}>
    <Icon name={tone === 'good' ? 'check' : 'alert'} />
    <div>
      <strong>{title}</strong>
      {children ? <p>{children}</p> : null}
    </div>
    {actions ? <div class="actions">{actions}</div> : null}
  </section>
);

export const messageOf = (error: unknown): string =>
  error instanceof CallError ? error.error.message : 'The page has failed.';

/** Nothing where there is no error. */
export function Failed({ error }: { error: unknown }) {
  if (!error) return null;
  const remedy = error instanceof CallError ? error.error.remedy : undefined;
  const id = error instanceof CallError ? error.requestId : undefined;
  return (
    <div role="alert">
      <Notice title={messageOf(error)}>
        {remedy} {id ? <span class="hint">Request {id}</span> : null}
      </Notice>
    </div>
  );
}
