/** The form over the log. */
import type { TargetedEvent } from 'preact';
import { useId } from 'preact/hooks';
import { FIELD_NAMES, type FieldName, type Filters, RANGES } from './filters.ts';

const LABELS: Record<FieldName, string> = {
  q: 'Any text of the event',
  actor: 'User',
  eventType: 'Event type',
  outcome: 'Outcome',
  ip: 'IP address',
};
const OUTCOMES = ['SUCCESS', 'FAILURE', 'ALLOW', 'DENY', 'CHALLENGE', 'SKIPPED', 'UNKNOWN'];
const RANGE_WORDS = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
};

interface FilterFormProps {
  filters: Filters;
  onSearch(search: URLSearchParams): void;
}

export function FilterForm({ filters, onSearch }: FilterFormProps) {
  const id = useId();
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].map(([name, value]) => [
      name,
      String(value),
    ]);
    onSearch(new URLSearchParams(given.filter(([, value]) => value)));
  };
  return (
    <form class="filter-form" onSubmit={submit}>
      {FIELD_NAMES.map((name) =>
        name === 'outcome' ? (
          <select key={name} name={name} aria-label={LABELS[name]}>
            <option value="">Any outcome</option>
            {OUTCOMES.map((outcome) => (
              <option key={outcome} selected={outcome === filters.outcome?.toUpperCase()}>
                {outcome}
              </option>
            ))}
          </select>
        ) : (
          <input
            key={name}
            name={name}
            aria-label={LABELS[name]}
            placeholder={LABELS[name]}
            defaultValue={filters[name] ?? ''}
            spellcheck={false}
          />
        ),
      )}
      <select name="range" aria-label="Time">
        <option value="">All time, or own range</option>
        {(Object.keys(RANGES) as (keyof typeof RANGES)[]).map((range) => (
          <option key={range} value={range} selected={range === filters.range}>
            {RANGE_WORDS[range]}
          </option>
        ))}
      </select>
      <label for={`${id}-from`}>From (UTC)</label>
      <input
        id={`${id}-from`}
        name="from"
        type="datetime-local"
        defaultValue={filters.from ?? ''}
      />
      <label for={`${id}-to`}>To (UTC)</label>
      <input id={`${id}-to`} name="to" type="datetime-local" defaultValue={filters.to ?? ''} />
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  );
}
