/** What is broken, what to do, and the one button that does it. */
import { Link, useLocation } from 'wouter-preact';
import { OKTA_RETENTION_DAYS } from '../../shared/connector-limits.ts';
import { useMay } from '../api/session.ts';
import type { Connector, Status } from '../api/types.ts';
import { Notice } from '../parts/notice.tsx';
import { ago, day } from '../words/amounts.ts';
import { REMEDY_WORDS, reasonText, remedyFor } from '../words/error-help.ts';
import { STATUS } from '../words/status-words.ts';
import type { Actions } from './actions.tsx';

interface ErrorBoxProps {
  connector: Connector;
  status: Status;
  actions: Actions;
  nowMs: number;
}

export function ErrorBox({ connector, status, actions, nowMs }: ErrorBoxProps) {
  const [, navigate] = useLocation();
  const mayEdit = useMay('Admin');
  const { lastError, statusReason, losesAfter } = status;
  const word = reasonText(statusReason);
  if (status.status === 'Disabled') return <Paused {...{ actions, losesAfter }} />;
  if (!lastError && (!word || status.status === 'Connected')) return null;
  const remedy = remedyFor(lastError?.code ?? statusReason ?? '');
  const isOffered = remedy === 'editDomain' ? mayEdit : actions.may(remedy);
  const act = () =>
    remedy === 'editDomain'
      ? navigate(`/connectors/${connector.id}/settings`)
      : actions.open(remedy);
  const tone = STATUS[status.status].tone === 'bad' ? 'bad' : 'warn';
  return (
    <Notice
      tone={tone}
      title={lastError?.message ?? word}
      actions={
        isOffered ? (
          <button type="button" class="primary" onClick={act}>
            {REMEDY_WORDS[remedy]}
          </button>
        ) : null
      }
    >
      {lastError ? (
        <>
          {lastError.remedy}
          <span class="hint">
            {ago(lastError.at, nowMs)} ·{' '}
            <Link href={`/errors#${lastError.code}`}>{lastError.code}</Link>
            {lastError.innererror?.httpStatus ? ` · Okta: ${lastError.innererror.httpStatus}` : ''}
          </span>
        </>
      ) : null}
      {losesAfter ? <span class="hint">Nothing is lost until {day(losesAfter)}.</span> : null}
    </Notice>
  );
}

const Paused = ({ actions, losesAfter }: { actions: Actions; losesAfter: string | null }) => (
  <Notice
    tone="off"
    title="Disabled: nothing is polled."
    actions={
      actions.may('enable') ? (
        <button type="button" class="primary" onClick={() => actions.open('enable')}>
          Enable
        </button>
      ) : null
    }
  >
    {losesAfter
      ? `Nothing is lost until ${day(losesAfter)}: Okta keeps ${OKTA_RETENTION_DAYS} days.`
      : null}
  </Notice>
);
