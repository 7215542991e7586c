/** The filters of the log, in the address of the page: each view can be linked (pure). */
export const FIELD_NAMES = ['q', 'actor', 'eventType', 'outcome', 'ip'] as const;
export type FieldName = (typeof FIELD_NAMES)[number];

export const RANGES = { '1h': 1, '24h': 24, '7d': 168, '30d': 720 } as const;
export type RangeName = keyof typeof RANGES;
const HOUR_MS = 3_600_000;

/** `from` and `to` are values of a `datetime-local` field, in UTC. */
export interface Filters extends Partial<Record<FieldName, string>> {
  range?: RangeName;
  from?: string;
  to?: string;
}

export function filtersOf(search: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of FIELD_NAMES) {
    const value = search.get(name)?.trim();
    if (value) filters[name] = value;
  }
  const range = search.get('range') ?? '';
  if (Object.hasOwn(RANGES, range)) filters.range = range as RangeName;
  for (const name of ['from', 'to'] as const) {
    const value = search.get(name) ?? '';
    if (!filters.range && instantOf(value)) filters[name] = value;
  }
  return filters;
}

/** Undefined for what is no date. */
export function instantOf(local: string): string | undefined {
  const ms = Date.parse(`${local}Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

/** As the API wants them; a relative range is fixed at the time of the search. */
export function queryOf(filters: Filters, nowMs: number): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of FIELD_NAMES) {
    const value = filters[name];
    if (value) query[name] = value;
  }
  if (filters.range) query.from = new Date(nowMs - RANGES[filters.range] * HOUR_MS).toISOString();
  const [from, to] = [instantOf(filters.from ?? ''), instantOf(filters.to ?? '')];
  if (from) query.from = from;
  if (to) query.to = to;
  return query;
}
