/**
 * Webhook routes through which portals register connectors (docs/contract.md, "Webhooks"): Standard
 * Webhooks and CloudEvents.
 */
import * as z from 'zod';
import type { ErrorCode } from '../shared/errors.ts';
import { parseCloudEvent, parsePortal } from '../shared/webhooks/envelope.ts';
import { readText } from './http/body.ts';
import { accept, signed } from './http/delivery.ts';
import { recorded } from './http/record.ts';
import { route } from './http/route.ts';
import { cloudEventDelivery, deliveryAccepted, portalDelivery } from './schemas/webhooks.ts';

/** Accepted deliveries per minute from one sender. */
const ALLOWED_RATE = 600;

const PORTAL = 'webhook.portal';

const ACCEPTED = {
  description: 'Recorded; it is applied after the reply.',
  schema: deliveryAccepted,
};
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
  replies: { 202: ACCEPTED },
  errors: WEBHOOK_ERRORS,
  handle: async (request, call) => {
    // Only signed deliveries get their own audit entry, because the number of unsigned requests is
    // unlimited.
    const { webhookId, body } = await signed(request, call, PORTAL);
    const delivery = parsePortal(webhookId, body);
    return await recorded(request, call, PORTAL, (recording) =>
      accept(PORTAL, delivery, recording),
    );
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
  replies: { 202: ACCEPTED },
  errors: WEBHOOK_ERRORS,
  handle: async (request, call) => {
    const headers = new Headers([...request.headers.entries()]);
    return await accept('webhook.events', parseCloudEvent(headers, await readText(request)), call);
  },
});

/**
 * The abuse-protection handshake (CloudEvents webhook specification §4); the callback is never
 * fetched.
 */
route('webhook-events-handshake', {
  method: 'OPTIONS',
  path: 'api/webhooks/events',
  role: 'key',
  summary: 'The abuse-protection handshake (CloudEvents webhook specification §4)',
  replies: {
    200: {
      description: 'With these headers for an allowed origin, otherwise without them.',
      headers: {
        Allow: 'POST',
        'WebHook-Allowed-Origin': 'The origin that asked.',
        'WebHook-Allowed-Rate': 'Deliveries a minute, when a rate was asked for.',
      },
    },
  },
  handle: async (request, { services }) => {
    const origin = request.headers.get('webhook-request-origin')?.trim().toLowerCase() ?? '';
    const { webhookAllowedOrigins } = services.config;
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
