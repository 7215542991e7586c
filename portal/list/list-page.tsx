/** The list of connectors: worst first, with search and filters, live. */
import type { UseQueryResult } from '@tanstack/preact-query';
import { Link, useSearchParams } from 'wouter-preact';
import { listPauseMs } from '../api/queries.ts';
import { useMay } from '../api/session.ts';
import type { ConnectorList, Listed } from '../api/types.ts';
import { Icon } from '../parts/icon.tsx';
import { Failed } from '../parts/notice.tsx';
import { useNow } from '../parts/now.ts';
import { Stale } from '../parts/stale.tsx';
import { counted } from '../words/amounts.ts';
import { FILTERS, type FilterName, isFilter, passes, worstFirst } from '../words/status-words.ts';
import { Row } from './row.tsx';

type Data = Pick<ConnectorList, 'value' | 'unreadable'>;

interface ListPageProps {
  list: UseQueryResult<Data, Error>;
  /** The query of its address, also while a connector is open above it. */
  filters: string;
}

export function ListPage({ list, filters }: ListPageProps) {
  const { data, error } = list;
  return (
    <>
      <div class="title">
        <h1>App connectors</h1>
        {useMay('Admin') ? <Link href="/audit">Audit</Link> : null}
      </div>
      <Stale query={list} usualPauseMs={listPauseMs(data?.value.length)} />
      {data ? (
        data.value.length === 0 ? (
          <FirstRun />
        ) : (
          <Table {...data} filters={filters} />
        )
      ) : error ? (
        <Failed error={error} />
      ) : (
        <p class="hint">Reading…</p>
      )}
    </>
  );
}

function FirstRun() {
  const mayConnect = useMay('Admin');
  return (
    <section class="card first">
      <h2>Connect your first Okta org</h2>
      <p>
        You need its domain and an API token. Events arrive within seconds; the 60 days before are
        filled in behind.
      </p>
      {mayConnect ? (
        <Link href="/connect" class="button primary">
          Connect Okta
        </Link>
      ) : (
        <p class="hint">Connecting an app needs the role Connector.Admin.</p>
      )}
    </section>
  );
}

function Table({ value, unreadable = [], filters }: Data & Pick<ListPageProps, 'filters'>) {
  const nowMs = useNow();
  const mayConnect = useMay('Admin');
  const [, setSearch] = useSearchParams();
  const search = new URLSearchParams(filters);
  const asked = search.get('show') ?? 'all';
  const filter: FilterName = isFilter(asked) ? asked : 'all';
  const text = search.get('find') ?? '';
  const set = (name: string, given: string) =>
    setSearch(
      (before) => {
        before.delete(name);
        if (given) before.set(name, given);
        return before;
      },
      { replace: true },
    );
  const found = worstFirst(value).filter((one) => passes(filter, one.status) && matches(one, text));
  const number = (name: FilterName) => value.filter(({ status }) => passes(name, status)).length;
  return (
    <>
      <div class="toolbar">
        {mayConnect ? (
          <Link href="/connect" class="button primary">
            <Icon name="plus" /> Connect an app
          </Link>
        ) : null}
        <fieldset class="filters">
          <legend class="hidden">Show</legend>
          {(Object.keys(FILTERS) as FilterName[]).map((name) => (
            <button
              key={name}
              type="button"
              class="subtle"
              aria-pressed={filter === name}
              onClick={() => set('show', name === 'all' ? '' : name)}
            >
              {FILTERS[name].word} {number(name)}
            </button>
          ))}
        </fieldset>
        <input
          type="search"
          aria-label="Search by name, id or domain"
          placeholder="Search by name or domain"
          value={text}
          onInput={(event) => set('find', event.currentTarget.value)}
        />
      </div>
      {unreadable.length > 0 ? (
        <p class="error">Cannot be read in the storage: {unreadable.join(', ')}</p>
      ) : null}
      <table class="cards list">
        <caption class="hidden">{counted(found.length, 'connector')}, worst first</caption>
        <thead>
          <tr>
            <th scope="col">App</th>
            <th scope="col">Status</th>
            <th scope="col">Up to date</th>
            <th scope="col">History</th>
            <th scope="col">Last event</th>
            <th scope="col">Was connected on</th>
            <th scope="col">
              <span class="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <Row key={one.id} connector={one} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
      {found.length === 0 ? <p class="hint">No connector matches.</p> : null}
    </>
  );
}

const matches = ({ id, displayName, domain }: Listed, text: string): boolean =>
  [id, displayName, domain].some((one) => one.toLowerCase().includes(text.trim().toLowerCase()));
