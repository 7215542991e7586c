/** The activity log over HTTP: stored events, newest first, as a list or a file (api.md §5). */
import { app, type HttpRequest } from '@azure/functions';
import { getServices } from '../shared/services.ts';
import { eventJson, matcher } from '../shared/sink/event-view.ts';
import {
  CONTENT_TYPES,
  EXPORT_FORMATS,
  type ExportFormat,
  exported,
} from '../shared/sink/export.ts';
import { decodeContinuation, type EventFilter, encodeContinuation } from '../shared/sink/query.ts';
import { connectorOf } from './http/connector.ts';
import { instant, nextLink, pageSize, query, refused } from './http/query.ts';
import { route } from './http/route.ts';

// An export is sent while it is read.
app.setup({ enableHttpStream: true });

route('connector-events', {
  method: 'GET',
  path: 'api/connectors/{id}/events',
  role: 'Reader',
  handle: async (request) => {
    const services = getServices();
    const { id, generation } = await connectorOf(services, request.params.id);
    const filter = filterOf(request);
    const top = pageSize(request, { max: 1000, unset: 100 });
    const text = query(request, 'after');
    const after = text === undefined ? undefined : decodeContinuation(text);
    if (text !== undefined && !after)
      throw refused('after', 'is not one of ours', 'Follow nextLink as it is.');

    const page = await services.events.page(id, generation, filter, top, after);
    const link = page.next
      ? `,"nextLink":${JSON.stringify(nextLink(request, services.config, { after: encodeContinuation(page.next) }))}`
      : '';
    return {
      // Text, not an object: the raw events inside must stay as Okta wrote them.
      body: `{"value":[${page.events.map(eventJson).join(',')}]${link}}`,
      headers: { 'Content-Type': 'application/json' },
    };
  },
});

route('connector-export', {
  method: 'GET',
  path: 'api/connectors/{id}/events/export',
  role: 'Reader',
  handle: async (request, { context, caller }) => {
    const services = getServices();
    const { id, generation } = await connectorOf(services, request.params.id);
    const format = formatOf(request);
    const filter = filterOf(request);
    const [from, to] = [required(filter.fromMs, 'from'), required(filter.toMs, 'to')];
    const { audit, clock } = services;
    const entry = { atMs: clock.nowMs(), caller, action: 'events.export', connectorId: id };
    const key = await audit.begin(entry, context.invocationId);

    async function* recorded(): AsyncGenerator<Uint8Array> {
      let rows = 0;
      const events = services.events.all(id, generation, filter);
      const detail = () => `${format} ${from} to ${to}: ${rows} rows`;
      try {
        yield* exported(events, format, (count) => {
          rows = count;
        });
        await audit.complete(key, { result: 'ok', detail: detail() });
      } catch (error) {
        await audit.complete(key, { result: 'failed', detail: detail() });
        throw error;
      }
    }
    const name = `${id}_${from}_${to}.${format}`.replaceAll(':', '');
    return {
      body: ReadableStream.from(recorded()),
      headers: {
        'Content-Type': CONTENT_TYPES[format],
        'Content-Disposition': `attachment; filename="${name}"`,
      },
    };
  },
});

function filterOf(request: HttpRequest): EventFilter {
  return {
    fromMs: instant(request, 'from'),
    toMs: instant(request, 'to'),
    matches: matcher({
      eventType: query(request, 'eventType'),
      outcome: query(request, 'outcome'),
      actor: query(request, 'actor'),
      ip: query(request, 'ip'),
      q: query(request, 'q'),
    }),
  };
}

function formatOf(request: HttpRequest): ExportFormat {
  const text = query(request, 'format') ?? 'ndjson';
  const format = EXPORT_FORMATS.find((one) => one === text);
  if (!format) throw refused('format', 'is not allowed', 'Send ndjson or csv.');
  return format;
}

function required(ms: number | undefined, name: string): string {
  if (ms !== undefined) return new Date(ms).toISOString();
  throw refused(name, 'is missing', 'Send from and to in RFC 3339: an export has two ends.');
}
