/**
 * Where Okta calls an event hook: its verification, and its deliveries, each of which is a ring
 * (docs/contract.md, "Event hook"). Neither key nor role: the reference in the path and the secret
 * authorise.
 */
import * as z from 'zod';
import { connectorToRing, isEventHook } from '../shared/connectors/event-hook.ts';
import { type Problem, ProblemError } from '../shared/errors.ts';
import { ring } from '../shared/ingest/ring.ts';
import type { Services } from '../shared/services.ts';
import { discardBody } from './http/body.ts';
import { route } from './http/route.ts';
import { verification } from './schemas/event-hook.ts';

const PATH = 'api/hooks/okta/{ref}';
const ACTION = 'eventHook.ring';
const CHALLENGE = 'x-okta-verification-challenge';
/** A delivery holds whole events; nothing of it is kept. */
const MAX_DELIVERY_BYTES = 4 * 1024 * 1024;

route('okta-hook-verify', {
  method: 'GET',
  path: PATH,
  role: 'none',
  summary: "Okta's one-time verification of an event hook",
  headers: z.object({ [CHALLENGE]: z.string().meta({ example: 'example' }) }),
  replies: { 200: { description: 'The challenge again.', schema: verification } },
  errors: ['Unauthorized', 'InvalidRequest'],
  handle: async ({ params, headers }, { services }) => {
    if (!(await isEventHook(services, params.ref ?? ''))) throw await refusal(services, undefined);
    const challenge = headers.get(CHALLENGE);
    if (challenge === null) throw new ProblemError(NO_CHALLENGE);
    return { jsonBody: { verification: challenge } };
  },
});

route('okta-hook-ring', {
  method: 'POST',
  path: PATH,
  role: 'none',
  summary: 'Okta says that there are new events; nothing in the body is used or stored',
  ownBody: {
    contentTypes: ['application/json'],
    schema: z.unknown(),
    headers: z.object({}),
  },
  example: { eventType: 'com.okta.event_hook', data: { events: [] } },
  replies: { 204: { description: 'The connector is polled as soon as Okta allows.' } },
  errors: ['Unauthorized', 'PayloadTooLarge'],
  handle: async (request, { services }) => {
    await discardBody(request, MAX_DELIVERY_BYTES);
    const secret = request.headers.get('authorization') ?? '';
    const admitted = await connectorToRing(services, request.params.ref ?? '', secret);
    const { connector } = admitted;
    if (!connector) throw await refusal(services, admitted.known);
    // Rings that arrive together share one look at the facts.
    await services.reads.share(`ring ${connector.id}`, () => ring(services, connector));
    return { status: 204 as const };
  },
});

/** Any client can cause refusals, in any number: one entry of the audit counts those of a minute. */
async function refusal(
  { audit, clock }: Services,
  connectorId: string | undefined,
): Promise<ProblemError> {
  const { code } = NOT_KNOWN;
  const named = connectorId === undefined ? {} : { connectorId };
  const entry = { atMs: clock.nowMs(), caller: 'unknown', action: ACTION, ...named };
  await audit.countByMinute({ ...entry, result: 'refused', code }, `hook_${code}`);
  return new ProblemError(NOT_KNOWN);
}

const NOT_KNOWN: Problem = {
  code: 'Unauthorized',
  message: 'There is no such event hook, or its secret is another.',
  remedy:
    'In the Okta admin console, compare URL and secret of the event hook with those of its connector (POST …/event-hook makes a new secret).',
};

const NO_CHALLENGE: Problem = {
  code: 'InvalidRequest',
  message: 'The header X-Okta-Verification-Challenge is missing.',
  target: CHALLENGE,
  remedy: 'Verify the event hook in the Okta admin console, which sends the header.',
};
