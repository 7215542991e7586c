/** The activity log over HTTP: stored events, newest first (api.md §5). */
import { getServices } from '../shared/services.ts';
import { eventJson, matcher } from '../shared/sink/event-view.ts';
import { decodeContinuation, encodeContinuation } from '../shared/sink/query.ts';
import { connectorOf } from './http/connector.ts';
import { instant, nextLink, pageSize, query, refused } from './http/query.ts';
import { route } from './http/route.ts';

route('connector-events', {
  method: 'GET',
  path: 'api/connectors/{id}/events',
  role: 'Reader',
  handle: async (request) => {
    const services = getServices();
    const { id, generation } = await connectorOf(services, request.params.id);
    const filter = {
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
