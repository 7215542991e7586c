/** Every route that the page calls: method and template, as in the OpenAPI document. */
export const CALLS = {
  me: ['GET', '/api/me'],
  list: ['GET', '/api/connectors'],
  connector: ['GET', '/api/connectors/{id}'],
  put: ['PUT', '/api/connectors/{id}'],
  patch: ['PATCH', '/api/connectors/{id}'],
  remove: ['DELETE', '/api/connectors/{id}'],
  test: ['POST', '/api/connectors/{id}/test'],
  poll: ['POST', '/api/connectors/{id}/poll'],
  disable: ['POST', '/api/connectors/{id}/disable'],
  enable: ['POST', '/api/connectors/{id}/enable'],
  eventHook: ['GET', '/api/connectors/{id}/event-hook'],
  makeEventHook: ['POST', '/api/connectors/{id}/event-hook'],
  removeEventHook: ['DELETE', '/api/connectors/{id}/event-hook'],
  status: ['GET', '/api/connectors/{id}/status'],
  coverage: ['GET', '/api/connectors/{id}/coverage'],
  backfills: ['GET', '/api/connectors/{id}/backfills'],
  startBackfill: ['POST', '/api/connectors/{id}/backfills'],
  cancelBackfill: ['POST', '/api/connectors/{id}/backfills/{backfillId}/cancel'],
  events: ['GET', '/api/connectors/{id}/events'],
  raw: ['GET', '/api/connectors/{id}/events/{uuid}/raw'],
  exportEvents: ['GET', '/api/connectors/{id}/events/export'],
  runs: ['GET', '/api/connectors/{id}/runs'],
  deadLetters: ['GET', '/api/connectors/{id}/deadletters'],
  audit: ['GET', '/api/audit'],
} as const satisfies Record<string, readonly [string, `/${string}`]>;

export type CallName = keyof typeof CALLS;
export type Query = Record<string, string | number | undefined>;

/** The path of a call, with its parameters filled in. */
export function pathOf(
  name: CallName,
  parameters: Record<string, string> = {},
  query: Query = {},
): string {
  const path = CALLS[name][1].replace(/\{(\w+)\}/g, (_, key: string) =>
    encodeURIComponent(parameters[key] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(key, String(value));
  return search.size > 0 ? `${path}?${search}` : path;
}

/** Links of replies are absolute on the public origin; the page may be open under another name. */
export function ownPath(link: string): string {
  const { pathname, search } = new URL(link);
  return pathname + search;
}
