/** The form over the log. */
import type { TargetedEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { FIELD_NAMES, type FieldName, type Filters, RANGES } from './filters.ts';

const LABELS: Record<FieldName, string> = {
  q: 'Text in the event',
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
  const form = useRef<HTMLFormElement>(null);
  // The address may change by itself, when the user goes back.
  useEffect(() => {
    for (const field of form.current?.elements ?? [])
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)
        field.value = textOf(filters, field.name);
  }, [filters]);
  const submit = (event: TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].map(([name, value]) => [
      name,
      String(value),
    ]);
    onSearch(new URLSearchParams(given.filter(([, value]) => value)));
  };
  return (
    <form ref={form} class="filter-form" onSubmit={submit}>
      {FIELD_NAMES.map((name) =>
        name === 'outcome' ? (
          <select key={name} name={name} aria-label={LABELS[name]}>
            <option value="">Any outcome</option>
            {OUTCOMES.map((outcome) => (
              <option key={outcome}>{outcome}</option>
            ))}
          </select>
        ) : (
          <input
            key={name}
            name={name}
            aria-label={LABELS[name]}
            placeholder={LABELS[name]}
            spellcheck={false}
          />
        ),
      )}
      <select name="range" aria-label="Time">
        <option value="">Any time</option>
        {(Object.keys(RANGES) as (keyof typeof RANGES)[]).map((range) => (
          <option key={range} value={range}>
            {RANGE_WORDS[range]}
          </option>
        ))}
      </select>
      <label>
        From (UTC) <input name="from" type="datetime-local" />
      </label>
      <label>
        To (UTC) <input name="to" type="datetime-local" />
      </label>
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  );
}

const textOf = (filters: Filters, name: string): string =>
  (name === 'outcome' ? filters.outcome?.toUpperCase() : filters[name as keyof Filters]) ?? '';
