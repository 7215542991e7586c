/** A connector beside the list: each tab has an address of its own. */
import { useEffect, useRef } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Activity } from '../activity/activity.tsx';
import { CallError } from '../api/call.ts';
import { statusPauseMs, useConnector, useStatus } from '../api/queries.ts';
import type { Connector, StatusName } from '../api/types.ts';
import { useAnnounce } from '../parts/announce.tsx';
import { Badge } from '../parts/badge.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { Menu } from '../parts/menu.tsx';
import { Failed } from '../parts/notice.tsx';
import { useNow } from '../parts/now.ts';
import { Stale } from '../parts/stale.tsx';
import { useTitle } from '../parts/title.ts';
import { ago } from '../words/amounts.ts';
import { visible } from '../words/plain-text.ts';
import { STATUS } from '../words/status-words.ts';
import { useActions } from './actions.tsx';
import { Backfills } from './backfills.tsx';
import { History } from './history.tsx';
import { Overview } from './overview.tsx';
import { Settings } from './settings.tsx';

const TABS = {
  overview: 'Overview',
  activity: 'Activity',
  backfills: 'Backfills',
  history: 'History',
  settings: 'Settings',
};

interface DrawerProps {
  id: string;
  tab: string;
  onClose(): void;
}

export function ConnectorDrawer({ id, tab, onClose }: DrawerProps) {
  const connector = useConnector(id);
  const isGone = connector.error instanceof CallError && connector.error.status === 404;
  const found = isGone ? undefined : connector.data;
  const name = found ? visible(found.body.displayName) : id;
  useTitle(name);
  return (
    <Dialog
      kind={tab === 'activity' ? 'drawer wide' : 'drawer'}
      title={<bdi>{name}</bdi>}
      onClose={onClose}
    >
      {found ? (
        <Opened connector={found.body} etag={found.etag} tab={tab} onGone={onClose} />
      ) : connector.error ? (
        <Failed error={connector.error} />
      ) : (
        <p class="hint">Reading…</p>
      )}
    </Dialog>
  );
}

interface OpenedProps {
  connector: Connector;
  etag: string | undefined;
  tab: string;
  onGone(): void;
}

function Opened({ connector, etag, tab, onGone }: OpenedProps) {
  const { id } = connector;
  const nowMs = useNow();
  const status = useStatus(id);
  const actions = useActions(connector, onGone);
  const since = status.data?.since;
  useAnnouncedStatus(connector, status.data?.status);
  return (
    <>
      <div class="subtitle">
        <Badge status={status.data?.status ?? connector.status} />
        <span>
          {connector.domain}
          {since ? ` · since ${ago(since, nowMs)}` : ''}
        </span>
      </div>
      <div class="commands">
        {actions.may('test') ? (
          <button type="button" class="subtle" onClick={() => actions.open('test')}>
            <Icon name="check" /> Test
          </button>
        ) : null}
        {actions.may('poll') ? (
          <button type="button" class="subtle" onClick={() => actions.open('poll')}>
            <Icon name="poll" /> Poll
          </button>
        ) : null}
        <Menu label="More actions" items={actions.items} />
      </div>
      <nav class="tabs" aria-label="Parts of the connector">
        {Object.entries(TABS).map(([name, word]) => (
          <Link
            key={name}
            href={name === 'overview' ? `/connectors/${id}` : `/connectors/${id}/${name}`}
            aria-current={name === tab ? 'page' : undefined}
          >
            {word}
          </Link>
        ))}
      </nav>
      <Stale query={status} usualPauseMs={statusPauseMs(status.data)} />
      {tab === 'overview' && status.data ? (
        <Overview connector={connector} status={status.data} actions={actions} nowMs={nowMs} />
      ) : null}
      {tab === 'activity' ? <Activity connector={connector} status={status.data} /> : null}
      {tab === 'backfills' ? <Backfills id={id} actions={actions} nowMs={nowMs} /> : null}
      {tab === 'history' ? <History id={id} nowMs={nowMs} /> : null}
      {tab === 'settings' ? (
        <Settings connector={connector} etag={etag} actions={actions} nowMs={nowMs} />
      ) : null}
      {status.error && !status.data ? <Failed error={status.error} /> : null}
      {actions.dialogs}
    </>
  );
}

/** Says when the status changes while the connector is open, not what it is at first. */
function useAnnouncedStatus({ displayName }: Connector, status: StatusName | undefined): void {
  const announce = useAnnounce();
  const before = useRef(status);
  useEffect(() => {
    if (status && before.current && status !== before.current)
      announce(`${visible(displayName)}: ${STATUS[status].word}.`);
    before.current = status ?? before.current;
  }, [status]);
}
