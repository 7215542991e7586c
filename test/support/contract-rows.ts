/** Every route of the contract, with the role that its caller needs. */

export type RowRole = 'none' | 'key' | 'Reader' | 'Operator' | 'Admin';

export interface ContractRow {
  method: string;
  /** As in the OpenAPI document. */
  template: string;
  role: RowRole;
  /** The required parameters of the route. */
  query?: string;
}

const row = (role: RowRole, method: string, template: string, query?: string): ContractRow => ({
  method,
  template,
  role,
  ...(query === undefined ? {} : { query }),
});

const AT = '/api/connectors/{id}';

export const CONTRACT_ROWS: readonly ContractRow[] = [
  row('none', 'GET', '/api/health'),
  row('none', 'GET', '/api/openapi.json'),
  row('none', 'GET', '/api/me'),
  row('none', 'POST', '/api/webhooks/portal'),
  row('none', 'GET', '/api/hooks/okta/{ref}'),
  row('none', 'POST', '/api/hooks/okta/{ref}'),
  row('key', 'OPTIONS', '/api/webhooks/events'),
  row('key', 'POST', '/api/webhooks/events'),
  row('Reader', 'GET', '/api/connectors'),
  row('Reader', 'GET', AT),
  row('Reader', 'GET', `${AT}/event-hook`),
  row('Admin', 'POST', `${AT}/event-hook`),
  row('Admin', 'DELETE', `${AT}/event-hook`),
  row('Reader', 'GET', `${AT}/status`),
  row('Reader', 'GET', `${AT}/backfills`),
  row('Reader', 'GET', `${AT}/backfills/{backfillId}`),
  row('Reader', 'GET', `${AT}/coverage`),
  row('Reader', 'GET', `${AT}/events`),
  row('Reader', 'GET', `${AT}/events/export`, 'from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z'),
  row('Reader', 'GET', `${AT}/events/{uuid}`, 'published=2026-11-01T00:00:00Z'),
  row('Reader', 'GET', `${AT}/events/{uuid}/raw`, 'published=2026-11-01T00:00:00Z'),
  row('Reader', 'GET', `${AT}/runs`),
  row('Reader', 'GET', `${AT}/deadletters`),
  row('Operator', 'POST', `${AT}/test`),
  row('Operator', 'POST', `${AT}/disable`),
  row('Operator', 'POST', `${AT}/enable`),
  row('Operator', 'POST', `${AT}/poll`),
  row('Operator', 'POST', `${AT}/rewind`),
  row('Operator', 'POST', `${AT}/backfills`),
  row('Operator', 'POST', `${AT}/backfills/{backfillId}/cancel`),
  row('Admin', 'PUT', AT),
  row('Admin', 'PATCH', AT),
  row('Admin', 'DELETE', AT),
  row('Admin', 'GET', '/api/audit'),
];
