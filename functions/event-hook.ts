/** The event hook of a connector over HTTP: make, show, end. */
import { endEventHook, makeEventHook, showEventHook } from '../shared/connectors/event-hook.ts';
import { type Problem, ProblemError } from '../shared/errors.ts';
import { isoTime } from '../shared/iso-time.ts';
import { route } from './http/route.ts';
import { changeRequest, connectorOf, orRefused } from './http/target.ts';
import { hookUrl } from './http/urls.ts';
import { eventHook, madeEventHook } from './schemas/event-hook.ts';

const PATH = 'api/connectors/{id}/event-hook';

route('event-hook-make', {
  method: 'POST',
  path: PATH,
  role: 'Admin',
  action: 'eventHook.make',
  summary: 'Make the event hook, or replace its secret',
  conditions: ['If-Match'],
  replies: { 201: { description: 'What Okta needs; shown only once.', schema: madeEventHook } },
  errors: ['OktaTokenInvalid'],
  handle: async (request, { services, caller, note }) => {
    const made = await makeEventHook(services, changeRequest(request, caller));
    const { ref, secret, kind } = orRefused(made);
    note(kind);
    return {
      status: 201 as const,
      jsonBody: { url: hookUrl(services.config, ref), authorization: secret.reveal() },
    };
  },
});

route('event-hook-get', {
  method: 'GET',
  path: PATH,
  role: 'Reader',
  summary: 'Show the event hook, without its secret',
  replies: { 200: { description: 'The event hook.', schema: eventHook } },
  errors: ['EventHookNotFound'],
  handle: async (request, { services }) => {
    const connector = await connectorOf(services, request.params.id);
    const hook = await showEventHook(services, connector);
    if (!hook) throw new ProblemError(NO_HOOK);
    const { ref, createdAt, createdBy, rangAtMs } = hook;
    const lastRangAt = rangAtMs === undefined ? null : isoTime(rangAtMs);
    return { jsonBody: { url: hookUrl(services.config, ref), createdAt, createdBy, lastRangAt } };
  },
});

route('event-hook-delete', {
  method: 'DELETE',
  path: PATH,
  role: 'Admin',
  action: 'eventHook.delete',
  summary: 'End the event hook; polling continues by its interval',
  conditions: ['If-Match'],
  replies: { 204: { description: 'Ended, or no event hook.' } },
  handle: async (request, { services, caller, note }) => {
    note(orRefused(await endEventHook(services, changeRequest(request, caller))));
    return { status: 204 as const };
  },
});

const NO_HOOK: Problem = {
  code: 'EventHookNotFound',
  message: 'This connector has no event hook.',
  remedy: 'Make one (POST …/event-hook), and enter it in the Okta admin console.',
};
