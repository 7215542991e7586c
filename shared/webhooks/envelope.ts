/** The envelope of a webhook delivery, common to both routes: id, sender's time, type and data. */
import { Buffer } from 'node:buffer';
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import { type Refusal, type Result, refused, succeeded } from '../result.ts';
import { instant } from '../time.ts';

export interface Envelope {
  /** Unique among the sender's deliveries. */
  deliveryId: string;
  type: unknown;
  /** The sender's time. */
  sentAtMs: number;
  data: unknown;
}

const portalBody = z.object({ type: z.string(), timestamp: instant, data: z.unknown() });

/** The body of a Standard Webhook, once its signature has been verified. */
export function parsePortal(webhookId: string, body: string): Result<Envelope> {
  const parsed = portalBody.safeParse(parseJson(body));
  if (!parsed.success) return malformed('A body {"type", "timestamp", "data"} is expected.');
  const { type, timestamp: sentAtMs, data } = parsed.data;
  return succeeded({ deliveryId: webhookId, type, sentAtMs, data });
}

/**
 * The required attributes of CloudEvents 1.0, and `time`, which the order of deliveries needs. The
 * CloudEvents SDK is not used: it invents a missing id or time, and repeated deliveries could then
 * not be recognised.
 */
const attributes = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  time: instant,
});

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

export function parseCloudEvent(headers: Headers, body: string): Result<Envelope> {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === BATCH) return notOne('Batches are not taken.');
  if (type === STRUCTURED) {
    const event = parseJson(body);
    const given = z.looseObject({}).safeParse(event).data ?? {};
    return cloudEvent(given, given.data ?? fromBase64(given.data_base64));
  }
  if (!headers.has('ce-specversion')) return notOne('This is not a CloudEvent.');
  if (type !== 'application/json') return notOne('The data is not declared as JSON.');
  const names = Object.keys(attributes.shape);
  const given = names.map((name) => [name, decoded(headers.get(`ce-${name}`))]);
  return cloudEvent(Object.fromEntries(given), parseJson(body));
}

function cloudEvent(given: Record<string, unknown>, data: unknown): Result<Envelope> {
  const parsed = attributes.safeParse(given);
  if (!parsed.success)
    return malformed('A CloudEvent 1.0 with id, source, type and time is expected.');
  const { id, source, type, time: sentAtMs } = parsed.data;
  // Source and id together are unique (CloudEvents 1.0 §3.1).
  return succeeded({ deliveryId: JSON.stringify([source, id]), type, sentAtMs, data });
}

/** Header values are percent-encoded (CloudEvents HTTP binding §3.1.3.2). */
function decoded(value: string | null): string | undefined {
  try {
    return value === null ? undefined : decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

const fromBase64 = (text: unknown): unknown =>
  typeof text === 'string' ? parseJson(Buffer.from(text, 'base64').toString()) : undefined;

const malformed = (remedy: string): Refusal =>
  refused({
    code: 'InvalidRequest',
    message: 'The delivery is malformed.',
    target: 'body',
    remedy,
  });

const notOne = (message: string): Refusal =>
  refused({
    code: 'UnsupportedMediaType',
    message,
    remedy: `Send one event as ${STRUCTURED}, or its attributes in ce- headers with application/json.`,
  });
