/** The event hook: Okta calls when events happen. What Okta needs is shown once. */
import { useState } from 'preact/hooks';
import { useEventHook } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { EventHook, MadeEventHook } from '../api/types.ts';
import { Failed } from '../parts/notice.tsx';
import { ago, dayAndClock } from '../words/amounts.ts';
import { visible } from '../words/plain-text.ts';
import { EventHookDialog, RemoveHookDialog, ReplaceSecretDialog } from './event-hook-dialogs.tsx';
import { useRun } from './run.ts';

export function EventHookSection({ id, nowMs }: { id: string; nowMs: number }) {
  const mayManage = useMay('Admin');
  const { data: hook, error } = useEventHook(id);
  const making = useRun(id);
  const [opened, setOpened] = useState<'replace' | 'remove'>();
  const [made, setMade] = useState<MadeEventHook>();
  const make = async () => {
    const reply = await making.run<MadeEventHook>('makeEventHook');
    if (!reply) return;
    setOpened(undefined);
    setMade(reply.body);
  };
  return (
    <section aria-labelledby="event-hook">
      <h3 id="event-hook">Event hook</h3>
      <Failed error={error ?? (opened ? undefined : making.error)} />
      {hook === undefined ? null : hook === null ? (
        <p>
          None. With an event hook, Okta calls this app when events happen, and the connector polls
          at once instead of waiting for its interval.
        </p>
      ) : (
        <Facts hook={hook} nowMs={nowMs} />
      )}
      {!mayManage ? (
        <p class="hint">Changing it needs the role Connector.Admin.</p>
      ) : hook === undefined ? null : (
        <div class="toolbar">
          {hook === null ? (
            <button type="button" disabled={making.isRunning} onClick={make}>
              Create event hook
            </button>
          ) : (
            <>
              <button type="button" onClick={() => setOpened('replace')}>
                Replace secret…
              </button>
              <button type="button" class="danger" onClick={() => setOpened('remove')}>
                Remove event hook…
              </button>
            </>
          )}
        </div>
      )}
      {opened === 'replace' ? (
        <ReplaceSecretDialog {...making} onReplace={make} onClose={() => setOpened(undefined)} />
      ) : null}
      {opened === 'remove' ? (
        <RemoveHookDialog id={id} onClose={() => setOpened(undefined)} />
      ) : null}
      {made ? <EventHookDialog made={made} onClose={() => setMade(undefined)} /> : null}
    </section>
  );
}

function Facts({ hook, nowMs }: { hook: EventHook; nowMs: number }) {
  const { url, createdAt, createdBy, lastRangAt } = hook;
  return (
    <dl class="facts">
      <div>
        <dt>Last rang</dt>
        <dd>{lastRangAt ? ago(lastRangAt, nowMs) : 'not yet'}</dd>
      </div>
      <div>
        <dt>Secret made</dt>
        <dd>
          {dayAndClock(createdAt)} by {visible(createdBy)}
        </dd>
      </div>
      <div>
        <dt>URL</dt>
        <dd class="mono">{url}</dd>
      </div>
    </dl>
  );
}
