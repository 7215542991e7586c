/**
 * The activity log over HTTP: stored events, newest first, as a list or a file (docs/contract.md,
 * "Events").
 */
import { app } from '@azure/functions';
import * as z from 'zod';
import { isoTime, isoTimeOrNull } from '../shared/iso-time.ts';
import { eventJson, type FieldFilters, matcher } from '../shared/sink/event-view.ts';
import {
  decodeContinuation,
  type EventFilter,
  encodeContinuation,
} from '../shared/sink/events-query.ts';
import { CONTENT_TYPES, EXPORT_FORMATS } from '../shared/sink/export.ts';
import { recordExport } from '../shared/sink/recorded-export.ts';
import { instant } from '../shared/time.ts';
import { listOfTexts } from './http/list-page.ts';
import {
  after,
  eventFilters,
  pageSize,
  rangeEnd,
  refuseEmptyRange,
} from './http/query-parameters.ts';
import { nextLink, refused } from './http/read-query.ts';
import { atReadersPace } from './http/readers-pace.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { eventList } from './schemas/history.ts';

// An export is streamed.
app.setup({ enableHttpStream: true });

/**
 * The longest time for an export, also to a slow reader. A minute later, at the `functionTimeout`
 * of host.json, the platform would end the whole process, with all its other invocations.
 */
const EXPORT_WITHIN_MS = 9 * 60_000;

route('connector-events', {
  method: 'GET',
  path: 'api/connectors/{id}/events',
  role: 'Reader',
  summary: 'The activity log: stored events, newest first',
  query: z.object({
    from: instant.optional(),
    to: rangeEnd.optional(),
    ...eventFilters,
    top: pageSize(1000, 100),
    after: after.optional(),
  }),
  replies: {
    200: {
      description: 'A page; while there is a nextLink it may be short, or empty.',
      schema: eventList,
    },
  },
  handle: async (request, { services, query: { top, after: text, ...wanted } }) => {
    const { id, generation } = await connectorOf(services, request.params.id);
    const filter = filterOf(wanted);
    const after = text === undefined ? undefined : decodeContinuation(text);
    if (text !== undefined && !after)
      throw refused('after', 'is not from a nextLink', 'Follow nextLink unchanged.');

    const page = await services.events.page(id, generation, filter, top, after);
    const next = page.next && encodeContinuation(page.next);
    const link = next && nextLink(request, services.config, { after: next });
    return listOfTexts(page.events.map(eventJson), link, {
      scannedTo: isoTimeOrNull(page.scannedToMs),
    });
  },
});

route('connector-export', {
  method: 'GET',
  path: 'api/connectors/{id}/events/export',
  role: 'Reader',
  summary:
    'Stored events as a file, newest first; an incomplete file ends with an aborted connection',
  query: z.object({
    format: z.enum(EXPORT_FORMATS).default('ndjson').meta({ description: 'ndjson or csv' }),
    from: instant,
    to: rangeEnd,
    ...eventFilters,
  }),
  replies: {
    200: {
      description: 'One raw event per line, exactly as Okta sent it, or a CSV table.',
      files: Object.values(CONTENT_TYPES),
      headers: { 'Content-Disposition': 'An attachment with a name.' },
    },
  },
  handle: async (request, { context, services, caller, query: { format, ...wanted } }) => {
    const { id, generation } = await connectorOf(services, request.params.id);
    const filter = filterOf(wanted);
    const { audit, clock } = services;
    const entry = { atMs: clock.nowMs(), caller, action: 'events.export', connectorId: id };
    const range = { format, fromMs: wanted.from, toMs: wanted.to };
    const events = services.events.all(id, generation, filter);
    const file = await recordExport(audit, entry, context.invocationId, range, events);
    const [from, to] = [wanted.from, wanted.to].map(isoTime);
    const name = `${id}_${from}_${to}.${format}`.replaceAll(':', '');
    const tooLong = AbortSignal.timeout(EXPORT_WITHIN_MS);
    return {
      body: ReadableStream.from(atReadersPace(context.invocationId, file, tooLong)),
      headers: {
        'Content-Type': CONTENT_TYPES[format],
        'Content-Disposition': `attachment; filename="${name}"`,
      },
    };
  },
});

type Wanted = FieldFilters & { from?: number | undefined; to?: number | undefined };

function filterOf({ from: fromMs, to: toMs, ...fields }: Wanted): EventFilter {
  refuseEmptyRange(fromMs, toMs);
  return { fromMs, toMs, matches: matcher(fields) };
}
