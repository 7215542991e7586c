/** Portals register connectors (api.md §6): signed Standard Webhooks, and CloudEvents. */
import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import { Webhook } from 'standardwebhooks';
import * as z from 'zod';
import { type ErrorCode, type Problem, ProblemError } from '../shared/errors.ts';
import { parseOktaDomain } from '../shared/okta/domain.ts';
import { getServices, type Services } from '../shared/services.ts';
import { type ParsedEnvelope, parseCloudEvent, parsePortal } from '../shared/webhooks/envelope.ts';
import { OPERATION_TYPES, type Operation, parseOperation } from '../shared/webhooks/operation.ts';
import { recordDelivery } from '../shared/webhooks/record.ts';
import { readText } from './http/body.ts';
import type { Incoming } from './http/incoming.ts';
import { type Call, type Handle, recorded, route } from './http/route.ts';
import { cloudEventDelivery, deliveryTaken, portalDelivery } from './schemas/webhooks.ts';

/** By how much a sender's clock may be ahead. */
const TOLERANCE_MS = 5 * 60_000;
/** Deliveries a minute that we can take from one sender. */
const ALLOWED_RATE = 600;

const PORTAL = 'webhook.portal';

const TAKEN = { description: 'Recorded; the work goes on behind.', schema: deliveryTaken };
const WEBHOOK_ERRORS: readonly ErrorCode[] = [
  'InvalidRequest',
  'InvalidDomain',
  'AdminDomain',
  'DomainNotAllowed',
  'DeliveryConflict',
  'PayloadTooLarge',
  'UnsupportedMediaType',
  'Unauthorized',
  'VaultUnavailable',
];

route('webhook-portal', {
  method: 'POST',
  path: 'api/webhooks/portal',
  role: 'none',
  summary: 'A portal registers or changes a connector (Standard Webhooks 1.0)',
  ownBody: {
    contentTypes: ['application/json'],
    schema: portalDelivery,
    headers: z.object({
      'webhook-id': z.string(),
      'webhook-timestamp': z.string().meta({ description: 'Unix seconds.' }),
      'webhook-signature': z.string().meta({ description: 'v1, and a signature in base64.' }),
    }),
  },
  example: {
    type: 'connector.disable',
    timestamp: '2026-11-01T00:00:00.000Z',
    data: { id: 'contoso' },
  },
  replies: { 202: TAKEN },
  errors: WEBHOOK_ERRORS,
  handle: async (request, { context, caller }) => {
    // Recorded one by one only when it is signed: anybody can send what is not.
    const { webhookId, body } = await signed(request, context);
    const take: Handle = async (_, call) => await taken(PORTAL, parsePortal(webhookId, body), call);
    return await recorded(request, context, caller, PORTAL, take);
  },
});

route('webhook-events', {
  method: 'POST',
  path: 'api/webhooks/events',
  role: 'key',
  action: 'webhook.events',
  summary: 'An event registers or changes a connector (CloudEvents 1.0, structured or binary)',
  ownBody: {
    contentTypes: ['application/cloudevents+json'],
    schema: cloudEventDelivery,
    headers: z.object({}),
  },
  example: {
    specversion: '1.0',
    id: 'example-1',
    source: '/portals/example',
    type: 'connector.disable',
    time: '2026-11-01T00:00:00.000Z',
    data: { id: 'contoso' },
  },
  replies: { 202: TAKEN },
  errors: WEBHOOK_ERRORS,
  handle: async (request, call) => {
    const headers = new Headers([...request.headers.entries()]);
    return await taken('webhook.events', parseCloudEvent(headers, await readText(request)), call);
  },
});

/** The abuse-protection handshake (CloudEvents webhook specification §4); the callback is never fetched. */
route('webhook-events-handshake', {
  method: 'OPTIONS',
  path: 'api/webhooks/events',
  role: 'key',
  summary: 'The handshake against abuse (CloudEvents webhooks §4)',
  replies: {
    200: {
      description: 'With these headers for an origin that may deliver, else without them.',
      headers: {
        Allow: 'POST',
        'WebHook-Allowed-Origin': 'The origin that asked.',
        'WebHook-Allowed-Rate': 'Deliveries a minute, when a rate was asked for.',
      },
    },
  },
  handle: async (request) => {
    const origin = request.headers.get('webhook-request-origin')?.trim().toLowerCase() ?? '';
    const { webhookAllowedOrigins } = getServices().config;
    if (!webhookAllowedOrigins.includes(origin)) return { status: 200 };
    const asked = request.headers.get('webhook-request-rate');
    return {
      status: 200,
      headers: {
        Allow: 'POST',
        'WebHook-Allowed-Origin': origin,
        ...(asked === null ? {} : { 'WebHook-Allowed-Rate': String(ALLOWED_RATE) }),
      },
    };
  },
});

/** The body and the id of a signed delivery. Throws why it is refused, once that is recorded. */
async function signed(
  request: Incoming,
  { invocationId }: InvocationContext,
): Promise<{ webhookId: string; body: string }> {
  try {
    const body = await readText(request);
    return { webhookId: verified(request, body), body };
  } catch (error) {
    if (error instanceof ProblemError)
      await getServices().unsigned.note(error.problem.code, invocationId);
    throw error;
  }
}

/** The delivery's id, once any of the secrets has signed it. Throws `Unauthorized`. */
function verified(request: Incoming, body: string): string {
  const id = request.headers.get('webhook-id') ?? '';
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': request.headers.get('webhook-timestamp') ?? '',
    'webhook-signature': request.headers.get('webhook-signature') ?? '',
  };
  for (const secret of getServices().config.webhookSecrets) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      return id;
    } catch {
      // Perhaps another secret: they overlap while they are rotated.
    }
  }
  throw new ProblemError({
    code: 'Unauthorized',
    message: 'The signature or its time is not valid.',
    remedy:
      'Sign with a secret of the setting WEBHOOK_SECRETS, as Standard Webhooks says, and send within five minutes.',
  });
}

async function taken(
  caller: string,
  parsed: ParsedEnvelope,
  { note }: Pick<Call, 'note'>,
): Promise<HttpResponseInit> {
  const services = getServices();
  if (!parsed.ok) throw new ProblemError(parsed.problem);
  const { envelope } = parsed;
  if (envelope.atMs > services.clock.nowMs() + TOLERANCE_MS) throw new ProblemError(NOT_YET);
  const result = parseOperation(envelope.type, envelope.data);
  if (!result.ok) throw new ProblemError(notAllowed(result.target));
  const { operation } = result;
  const { connectorId, type } = operation;
  refuseBadDomain(services, operation);
  note(type, connectorId);
  const problem = await recordDelivery(services, caller, envelope, operation);
  if (problem) throw new ProblemError(problem);
  const statusUrl = `${services.config.publicOrigin}/api/connectors/${connectorId}/status`;
  return { status: 202, jsonBody: { operation: { connectorId, type }, statusUrl } };
}

/** It would keep every delivery of the time until then from being applied. */
const NOT_YET: Problem = {
  code: 'InvalidRequest',
  message: 'The time of the delivery is in the future.',
  target: 'time',
  remedy: 'Send the time at which it happened, and check the clock of the sender.',
};

/** Before it is stored: people paste tokens into the wrong field. */
function refuseBadDomain({ config }: Services, { body: { domain } }: Operation): void {
  if (typeof domain !== 'string') return;
  const parsed = parseOktaDomain(domain, config);
  if (!parsed.ok) throw new ProblemError(parsed.problem);
}

const notAllowed = (target: string): Problem => ({
  code: 'InvalidRequest',
  message:
    target === 'type'
      ? 'The type of the delivery is not known.'
      : `The value of ${target} is not allowed.`,
  target,
  remedy:
    target === 'type'
      ? `Send one of ${OPERATION_TYPES.join(', ')}.`
      : 'Send {"id": …} and the body of the matching request.',
});
