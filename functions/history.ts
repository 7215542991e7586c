/** What has happened: runs, dead letters, and the record of management calls. */
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { isConnectorId } from '../shared/connectors/resource.ts';
import { isRetryable } from '../shared/errors.ts';
import type { Services } from '../shared/services.ts';
import { type DeadLetter, deadLetters } from '../shared/sink/dead-letters.ts';
import type { Run } from '../shared/storage/runs.ts';
import type { Incoming } from './http/incoming.ts';
import { takePage } from './http/list-page.ts';
import { after, pageSize } from './http/query-parameters.ts';
import { nextLink } from './http/read-query.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { auditList, deadLetterList, runList } from './schemas/history.ts';

const paging = { top: pageSize(1000, 100), after: after.optional() };

const iso = (ms: number) => new Date(ms).toISOString();

route('connector-runs', {
  method: 'GET',
  path: 'api/connectors/{id}/runs',
  role: 'Reader',
  summary: 'What each run did, the latest first; kept for a week',
  query: z.object(paging),
  replies: { 200: { description: 'The runs.', schema: runList } },
  handle: async (request, { services, query: { top, after } }) => {
    const connector = await connectorOf(services, request.params.id);
    const toJson = (run: Run) => {
      const { startedAtMs, endedAtMs, kind, result, events, pages, error } = run;
      const { code = undefined, message, remedy, innererror } = error ?? {};
      const shown = code && { code, message, remedy, retryable: isRetryable(code), innererror };
      const times = { startedAt: iso(startedAtMs), endedAt: iso(endedAtMs) };
      return JSON.stringify({ ...times, kind, result, events, pages, error: shown });
    };
    return await listed(request, services, services.runs.list(connector, after), { top, toJson });
  },
});

route('connector-deadletters', {
  method: 'GET',
  path: 'api/connectors/{id}/deadletters',
  role: 'Reader',
  summary: 'What came from Okta and is no event that can be stored',
  query: z.object(paging),
  replies: {
    200: { description: 'The dead letters, in no particular order.', schema: deadLetterList },
  },
  handle: async (request, { services, query: { top, after } }) => {
    const connector = await connectorOf(services, request.params.id);
    const letters = deadLetters(services.sinkStores, connector, after);
    const toJson = ({ storedAtMs, reason, uuid, raw }: DeadLetter) => {
      const fields = JSON.stringify({ at: iso(storedAtMs), reason, uuid });
      return `${fields.slice(0, -1)},"raw":${raw}}`;
    };
    return await listed(request, services, letters, { top, toJson });
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
  replies: {
    200: {
      description:
        'The record, the latest first; while there is a nextLink a page may be short, or empty.',
      schema: auditList,
    },
  },
  handle: async (request, { services, query: { connectorId, top, after } }) => {
    // What cannot be an id has no entries: nothing is read for it.
    const isNobody = connectorId !== undefined && !isConnectorId(connectorId);
    if (isNobody) return { jsonBody: { value: [] } };
    return await listed(request, services, services.audit.list(after), {
      top,
      wanted: (one) => connectorId === undefined || one.connectorId === connectorId,
      toJson: ({ key: _, atMs, ...entry }) => JSON.stringify({ at: iso(atMs), ...entry }),
    });
  },
});

interface Listing<T> {
  top: number;
  toJson(item: T): string;
  /** Which are shown; without it all of them. */
  wanted?(item: T): boolean;
}

/** A page of JSON texts; text, not objects, because raw events inside must stay as Okta wrote them. */
async function listed<T extends { key: string }>(
  request: Incoming,
  { config, clock }: Services,
  all: AsyncIterable<T>,
  { top, toJson, wanted = () => true }: Listing<NoInfer<T>>,
): Promise<HttpResponseInit> {
  const page = await takePage(all, top, wanted, clock);
  const link = page.next && nextLink(request, config, { after: page.next });
  const next = link ? `,"nextLink":${JSON.stringify(link)}` : '';
  return {
    body: `{"value":[${page.items.map(toJson).join(',')}]${next}}`,
    headers: { 'Content-Type': 'application/json' },
  };
}
