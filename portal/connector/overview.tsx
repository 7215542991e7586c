/** Three questions, three verdicts: late? complete? anything lost? Then the facts behind them. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useCoverage } from '../api/queries.ts';
import type { Connector, Status } from '../api/types.ts';
import { Progress } from '../parts/progress.tsx';
import {
  ago,
  clock,
  count,
  counted,
  day,
  dayAndClock,
  dayName,
  daysAfter,
} from '../words/amounts.ts';
import { calendarDays, daysNotComplete } from '../words/days.ts';
import { visible } from '../words/plain-text.ts';
import {
  historyVerdict,
  liveFactsOf,
  liveVerdict,
  lostVerdict,
  type Verdict,
} from '../words/verdicts.ts';
import type { Actions } from './actions.tsx';
import { Calendar } from './calendar.tsx';
import { ErrorBox } from './error-box.tsx';
import { EventsPerDay } from './events-per-day.tsx';
import { useEventsPerSecond } from './throughput.ts';

interface OverviewProps {
  connector: Connector;
  status: Status;
  actions: Actions;
  nowMs: number;
}

export function Overview({ connector, status, actions, nowMs }: OverviewProps) {
  const { backfill, counts } = status;
  const isFilling = backfill?.state === 'Running';
  const coverage = useCoverage(connector.id, isFilling);
  const [picked, setPicked] = useState<string>();
  const days = coverage.data ? calendarDays(coverage.data, counts.perDay) : [];
  const notComplete = coverage.data
    ? daysNotComplete(days, status.connectedAt, connector.backfillDays)
    : undefined;
  const perSecond = useEventsPerSecond(backfill);
  return (
    <>
      <ErrorBox {...{ connector, status, actions, nowMs }} />
      <div class="verdicts">
        <Tile name="Live" verdict={liveVerdict(liveFactsOf(status), nowMs)} />
        <Tile
          name="History"
          verdict={historyVerdict(backfill, connector.backfillDays, notComplete)}
        />
        <Tile name="Lost" verdict={lostVerdict(status)} />
      </div>
      {backfill && isFilling ? (
        <section>
          <Progress label="Backfill" value={backfill.percentComplete} />
          <p class="hint">
            {counted(backfill.events, 'event')}
            {perSecond === undefined ? '' : ` · ${count(perSecond)} events/s`} ·{' '}
            {counted(backfill.slicesActive, 'slice')} · {counted(backfill.requests, 'request')}. You
            can close this page; it goes on.
          </p>
        </section>
      ) : null}
      {days.length > 0 ? (
        <section>
          <h3>Coverage, days in UTC</h3>
          <Calendar days={days} picked={picked} onPick={setPicked} />
          <h3>Events per day</h3>
          <EventsPerDay days={days} picked={picked} />
          {picked ? (
            <p>
              {dayName(picked)}:{' '}
              <Link
                href={`/connectors/${connector.id}/activity?from=${picked}T00:00&to=${daysAfter(picked, 1)}T00:00`}
              >
                {counted(days.find(({ date }) => date === picked)?.events ?? 0, 'event')}
              </Link>
            </p>
          ) : null}
        </section>
      ) : null}
      <section>
        <h3>Okta’s rate limit</h3>
        <RateLimit status={status} />
      </section>
      <section>
        <h3>Connection</h3>
        <Connection connector={connector} status={status} nowMs={nowMs} />
      </section>
    </>
  );
}

const Tile = ({ name, verdict }: { name: string; verdict: Verdict }) => (
  <section class={`tile ${verdict.tone}`}>
    <h3>{name}</h3>
    <p class="large">{verdict.word}</p>
    <p class="hint">{verdict.detail}</p>
  </section>
);

function RateLimit({ status: { rateLimit } }: { status: Status }) {
  const { limit, remaining, resetAt, throttledUntil, count429Last24h } = rateLimit;
  if (limit === null) return <p class="hint">Not known before the first reply of Okta.</p>;
  return (
    <p>
      {count(remaining ?? 0)} of {count(limit)} left
      {resetAt ? ` · reset ${clock(resetAt)}` : ''} · {count(count429Last24h)} × 429 in 24 h
      {throttledUntil ? ` · used up until ${clock(throttledUntil)}; other programs share it` : ''}
    </p>
  );
}

function Connection({ connector, status, nowMs }: Omit<OverviewProps, 'actions'>) {
  const { credential, lastHealthCheck, live } = status;
  const facts: [string, ComponentChildren][] = [
    ['Okta org', connector.orgUrl ?? connector.domain],
    ['Connected', `${dayAndClock(connector.createdAt)} by ${visible(connector.createdBy)}`],
    ['Last event', live?.lastEventAt ? ago(live.lastEventAt, nowMs) : 'none yet'],
    ['Polled every', `${count(connector.pollIntervalSeconds)} s`],
    [
      'Token',
      credential.lastVerifiedAt
        ? `accepted ${ago(credential.lastVerifiedAt, nowMs)}; unused, it dies on ${day(credential.expiresIfIdleAt ?? '')}`
        : 'not verified yet',
    ],
    [
      'Last test',
      lastHealthCheck
        ? `${lastHealthCheck.ok ? 'passed' : 'failed'} ${ago(lastHealthCheck.at, nowMs)}`
        : 'never',
    ],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
