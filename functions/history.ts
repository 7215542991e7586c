/** What has happened: runs, dead letters, and the record of management calls. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import { z } from 'zod';
import { isConnectorId } from '../shared/connectors/connector.ts';
import { isRetryable } from '../shared/errors.ts';
import { getServices } from '../shared/services.ts';
import { deadLetters } from '../shared/sink/dead-letters.ts';
import { connectorOf } from './http/connector.ts';
import { after, pageSize } from './http/parameters.ts';
import { nextLink } from './http/query.ts';
import { route } from './http/route.ts';
import { auditList, deadLetterList, runList } from './replies/history.ts';

const paging = { top: pageSize(1000, 100), after: after.optional() };

const iso = (ms: number) => new Date(ms).toISOString();

route('connector-runs', {
  method: 'GET',
  path: 'api/connectors/{id}/runs',
  role: 'Reader',
  summary: 'What each run did, the latest first; kept for a week',
  query: z.object(paging),
  replies: { 200: { description: 'The runs.', schema: runList } },
  handle: async (request, { query: { top, after } }) => {
    const services = getServices();
    const connector = await connectorOf(services, request.params.id);
    return await listed(request, top, services.runs.list(connector, after), (run) => {
      const { startedAtMs, endedAtMs, kind, result, events, pages, error } = run;
      const { code = undefined, message, remedy, innererror } = error ?? {};
      const shown = code && { code, message, remedy, retryable: isRetryable(code), innererror };
      const times = { startedAt: iso(startedAtMs), endedAt: iso(endedAtMs) };
      return JSON.stringify({ ...times, kind, result, events, pages, error: shown });
    });
  },
});

route('connector-deadletters', {
  method: 'GET',
  path: 'api/connectors/{id}/deadletters',
  role: 'Reader',
  summary: 'What came from Okta and is no event that can be stored',
  query: z.object(paging),
  replies: { 200: { description: 'The dead letters, in no order.', schema: deadLetterList } },
  handle: async (request, { query: { top, after } }) => {
    const services = getServices();
    const connector = await connectorOf(services, request.params.id);
    const letters = deadLetters(services.sinkStores, connector, after);
    return await listed(request, top, letters, ({ storedAtMs, reason, uuid, raw }) => {
      const fields = JSON.stringify({ at: iso(storedAtMs), reason, uuid });
      return `${fields.slice(0, -1)},"raw":${raw}}`;
    });
  },
});

route('audit-list', {
  method: 'GET',
  path: 'api/audit',
  role: 'Admin',
  summary: 'Who asked for what, when, and what came of it',
  query: z.object({
    connectorId: z.string().optional().meta({ description: 'the id of a connector' }),
    ...paging,
  }),
  replies: { 200: { description: 'The record, the latest first.', schema: auditList } },
  handle: async (request, { query: { connectorId, top, after } }) => {
    const entries = getServices().audit.list(after);
    // What cannot be an id has no entries.
    const wanted = connectorId !== undefined && !isConnectorId(connectorId) ? '-' : connectorId;
    const own = only(entries, (one) => wanted === undefined || one.connectorId === wanted);
    return await listed(request, top, own, ({ key: _, atMs, ...entry }) =>
      JSON.stringify({ at: iso(atMs), ...entry }),
    );
  },
});

async function* only<T>(items: AsyncIterable<T>, wanted: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (wanted(item)) yield item;
}

/** A page of JSON texts; text, not objects, because raw events inside must stay as Okta wrote them. */
async function listed<T extends { key: string }>(
  request: HttpRequest,
  top: number,
  items: AsyncIterable<T>,
  toJson: (item: T) => string,
): Promise<HttpResponseInit> {
  const page: T[] = [];
  let more = false;
  for await (const item of items) {
    more = page.length === top;
    if (more) break;
    page.push(item);
  }
  const last = more ? page.at(-1) : undefined;
  const link = last && nextLink(request, getServices().config, { after: last.key });
  const next = link ? `,"nextLink":${JSON.stringify(link)}` : '';
  return {
    body: `{"value":[${page.map(toJson).join(',')}]${next}}`,
    headers: { 'Content-Type': 'application/json' },
  };
}
