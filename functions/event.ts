/**
 * One stored event over HTTP. The names of these functions come after `connector-export`: the host
 * takes the first function by name whose path matches (docs/azure.md, "Order of routes").
 */
import * as z from 'zod';
import { type Problem, ProblemError } from '../shared/errors.ts';
import type { Services } from '../shared/services.ts';
import type { StoredEvent } from '../shared/sink/event-row.ts';
import { eventJson } from '../shared/sink/event-view.ts';
import { instant } from '../shared/time.ts';
import type { Incoming } from './http/incoming.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { event } from './schemas/history.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const query = z.object({ published: instant });

route('event-get', {
  method: 'GET',
  path: 'api/connectors/{id}/events/{uuid}',
  role: 'Reader',
  summary: 'Show a stored event; published and uuid identify it',
  query,
  replies: { 200: { description: 'The event, as in lists.', schema: event } },
  errors: ['EventNotFound'],
  handle: async (request, { services, query: { published } }) => {
    const found = await eventOf(services, request, published);
    return { body: eventJson(found), headers: JSON_TYPE };
  },
});

route('event-raw', {
  method: 'GET',
  path: 'api/connectors/{id}/events/{uuid}/raw',
  role: 'Reader',
  summary: 'The text of a stored event, exactly as Okta sent it',
  query,
  replies: { 200: { description: 'Only the text.', schema: z.looseObject({}) } },
  errors: ['EventNotFound'],
  handle: async (request, { services, query: { published } }) => {
    const { raw } = await eventOf(services, request, published);
    return { body: raw, headers: JSON_TYPE };
  },
});

async function eventOf(
  services: Services,
  { params }: Incoming,
  publishedMs: number,
): Promise<StoredEvent> {
  const { id, generation } = await connectorOf(services, params.id);
  const found = await services.events.one(id, generation, params.uuid ?? '', publishedMs);
  if (!found) throw new ProblemError(EVENT_NOT_FOUND);
  return found;
}

const EVENT_NOT_FOUND: Problem = {
  code: 'EventNotFound',
  message: 'No event with this id and time is stored.',
  remedy: 'Use uuid and published from the list of events. Retention may have deleted the event.',
};
