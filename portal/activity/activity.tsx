/** The activity log: stored events, newest first. It never moves by itself. */
import { useMemo, useState } from 'preact/hooks';
import { useSearchParams } from 'wouter-preact';
import { useEvents } from '../api/queries.ts';
import type { Connector, LogEvent, Status } from '../api/types.ts';
import { More } from '../parts/more.tsx';
import { Failed } from '../parts/notice.tsx';
import { count, dayAndClock } from '../words/amounts.ts';
import { plainText } from '../words/plain-text.ts';
import { Export } from './export.tsx';
import { FilterForm } from './filter-form.tsx';
import { filtersOf, queryOf } from './filters.ts';
import { RawEvent } from './raw-event.tsx';

interface ActivityProps {
  connector: Connector;
  status: Status | undefined;
}

export function Activity({ connector, status }: ActivityProps) {
  const { id } = connector;
  const [search, setSearch] = useSearchParams();
  const [searchedAtMs, setSearchedAtMs] = useState(Date.now);
  const text = search.toString();
  const filters = useMemo(() => filtersOf(new URLSearchParams(text)), [text]);
  const query = queryOf(filters, searchedAtMs);
  const events = useEvents(id, query);
  const [picked, setPicked] = useState<LogEvent>();
  const found = events.data?.pages.flatMap(({ value }) => value) ?? [];
  const scannedTo = events.data?.pages.at(-1)?.scannedTo;
  const searchFor = (given: URLSearchParams) => {
    setPicked(undefined);
    setSearchedAtMs(Date.now());
    setSearch(given);
  };
  return (
    <>
      <FilterForm filters={filters} onSearch={searchFor} />
      <Export id={id} query={query} oldest={connector.createdAt} />
      <NewEvents
        key={searchedAtMs}
        events={status?.live?.events}
        onShow={() => {
          setSearchedAtMs(Date.now());
          void events.refetch();
        }}
      />
      <Failed error={events.error} />
      <div class={picked ? 'log with-raw' : 'log'}>
        <div>
          <table class="cards" hidden={found.length === 0}>
            <caption class="hidden">Events, newest first</caption>
            <thead>
              <tr>
                <th scope="col">Time (UTC)</th>
                <th scope="col">Activity</th>
                <th scope="col">User</th>
                <th scope="col">IP address</th>
                <th scope="col">Outcome</th>
              </tr>
            </thead>
            <tbody>
              {found.map((event) => (
                <EventRow
                  key={`${event.published}${event.uuid}`}
                  event={event}
                  isPicked={event === picked}
                  onPick={() => setPicked(event)}
                />
              ))}
            </tbody>
          </table>
          <p role="status">
            {events.isFetching ? 'Searching…' : foundText(found.length)}
            {scannedTo ? ` · searched back to ${dayAndClock(scannedTo)}` : ''}{' '}
            <More query={events} word="Search further back" />
          </p>
        </div>
        {picked ? <RawEvent id={id} event={picked} onClose={() => setPicked(undefined)} /> : null}
      </div>
    </>
  );
}

const foundText = (number: number): string =>
  number === 0 ? 'No event found' : `${count(number)} shown`;

interface EventRowProps {
  event: LogEvent;
  isPicked: boolean;
  onPick(): void;
}

/** Everything here is text of an event: it is shown as text, whatever it holds. */
function EventRow({ event, isPicked, onPick }: EventRowProps) {
  const { published, displayMessage, eventType, actor, client, outcome } = event;
  const place = [client.city, client.country].filter((text) => text !== null).map(plainText);
  return (
    <tr class={isPicked ? 'picked' : undefined}>
      <th scope="row" class="mono">
        {dayAndClock(published)}
      </th>
      <td data-label="Activity">
        <button type="button" class="link" aria-pressed={isPicked} onClick={onPick}>
          <bdi>{plainText(displayMessage ?? eventType) || '(no text)'}</bdi>
        </button>
        <small>
          <bdi>{plainText(eventType)}</bdi>
        </small>
      </td>
      <td data-label="User">
        <bdi>{plainText(actor.alternateId ?? actor.displayName)}</bdi>
      </td>
      <td data-label="IP address">
        <bdi>{plainText(client.ipAddress)}</bdi>
        <small>
          <bdi>{place.join(', ')}</bdi>
        </small>
      </td>
      <td data-label="Outcome">
        <bdi>{plainText(outcome.result)}</bdi>
        <small>
          <bdi>{plainText(outcome.reason)}</bdi>
        </small>
      </td>
    </tr>
  );
}

/** Counted from the moment of the search. */
function NewEvents({ events, onShow }: { events: number | undefined; onShow(): void }) {
  const [before, setBefore] = useState(events);
  if (events === undefined) return null;
  if (before === undefined) {
    setBefore(events);
    return null;
  }
  if (events <= before) return null;
  return (
    <p class="new-events">
      {count(events - before)} new {events - before === 1 ? 'event' : 'events'} ·{' '}
      <button type="button" class="link" onClick={onShow}>
        Show
      </button>
    </p>
  );
}
