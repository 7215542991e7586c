/** Runs, dead letters, and the record of management calls over HTTP. */
import * as z from 'zod';
import { isConnectorId } from '../shared/connectors/resource.ts';
import { isRetryable, type Problem } from '../shared/errors.ts';
import { isoTime } from '../shared/iso-time.ts';
import type { Services } from '../shared/services.ts';
import { type DeadLetter, deadLetters } from '../shared/sink/dead-letters.ts';
import type { Run } from '../shared/storage/runs.ts';
import type { Incoming } from './http/incoming.ts';
import { listOfTexts, type Page, takePage } from './http/list-page.ts';
import { after, pageSize } from './http/query-parameters.ts';
import { nextLink } from './http/read-query.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { auditList, deadLetterList, runList } from './schemas/history.ts';

const paging = { top: pageSize(1000, 100), after: after.optional() };

route('connector-runs', {
  method: 'GET',
  path: 'api/connectors/{id}/runs',
  role: 'Reader',
  summary: 'The result of each run, the latest first; kept for a week',
  query: z.object(paging),
  replies: { 200: { description: 'The runs.', schema: runList } },
  handle: async (request, { services, query: { top, after } }) => {
    const connector = await connectorOf(services, request.params.id);
    const page = await takePage(services.runs.list(connector, after), top, services.clock);
    return { jsonBody: { value: page.items.map(runView), ...linked(request, services, page) } };
  },
});

route('connector-deadletters', {
  method: 'GET',
  path: 'api/connectors/{id}/deadletters',
  role: 'Reader',
  summary: 'Entries of the log that could not be stored as events',
  query: z.object(paging),
  replies: {
    200: { description: 'The dead letters, in no particular order.', schema: deadLetterList },
  },
  handle: async (request, { services, query: { top, after } }) => {
    const connector = await connectorOf(services, request.params.id);
    const letters = deadLetters(services.sinkStores, connector, after);
    const page = await takePage(letters, top, services.clock);
    const link = page.next && nextLink(request, services.config, { after: page.next });
    return listOfTexts(page.items.map(deadLetterJson), link);
  },
});

route('audit-list', {
  method: 'GET',
  path: 'api/audit',
  role: 'Admin',
  summary: 'The audit of management calls: caller, action, time and result',
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
    // An invalid id has no entries, so no read is needed.
    const isNobody = connectorId !== undefined && !isConnectorId(connectorId);
    if (isNobody) return { jsonBody: { value: [] } };
    const page = await takePage(
      services.audit.list(after),
      top,
      services.clock,
      (entry) => connectorId === undefined || entry.connectorId === connectorId,
    );
    const value = page.items.map(({ key: _, atMs, ...entry }) => ({ at: isoTime(atMs), ...entry }));
    return { jsonBody: { value, ...linked(request, services, page) } };
  },
});

const runView = ({ startedAtMs, endedAtMs, kind, result, events, pages, error }: Run) => ({
  startedAt: isoTime(startedAtMs),
  endedAt: isoTime(endedAtMs),
  ...{ kind, result, events, pages },
  ...(error ? { error: errorView(error) } : {}),
});

const errorView = ({ code, message, remedy, innererror }: Problem) => ({
  ...{ code, message, remedy, innererror },
  retryable: isRetryable(code),
});

function deadLetterJson({ storedAtMs, reason, uuid, raw }: DeadLetter): string {
  const fields = JSON.stringify({ at: isoTime(storedAtMs), reason, uuid });
  return `${fields.slice(0, -1)},"raw":${raw}}`;
}

const linked = (request: Incoming, { config }: Services, { next }: Page<unknown>) =>
  next ? { nextLink: nextLink(request, config, { after: next }) } : {};
