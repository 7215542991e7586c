/** An event in replies (docs/contract.md, "Events"). `raw` is embedded exactly as Okta sent it. */
import { isoTime } from '../iso-time.ts';
import type { StoredEvent } from './event-row.ts';

type Json = Record<string, unknown>;

const object = (value: unknown): Json =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Json) : {};
/**
 * Accepts numbers and texts: Okta's types are not guaranteed (docs/okta.md, "Shape of an event").
 */
const plain = (value: unknown) =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : null;

/** The fields for lists and filters, read tolerantly from the raw text. */
export function fieldsOf({ uuid, publishedMs, storedAtMs, source, raw }: StoredEvent) {
  const event = object(JSON.parse(raw));
  const actor = object(event.actor);
  const client = object(event.client);
  const geography = object(client.geographicalContext);
  const outcome = object(event.outcome);
  const targets = Array.isArray(event.target) ? event.target.map(object) : [];
  return {
    uuid,
    published: isoTime(publishedMs),
    storedAt: isoTime(storedAtMs),
    source,
    eventType: plain(event.eventType),
    displayMessage: plain(event.displayMessage),
    severity: plain(event.severity),
    outcome: { result: plain(outcome.result), reason: plain(outcome.reason) },
    actor: {
      id: plain(actor.id),
      type: plain(actor.type),
      alternateId: plain(actor.alternateId),
      displayName: plain(actor.displayName),
    },
    client: {
      ipAddress: plain(client.ipAddress),
      country: plain(geography.country),
      city: plain(geography.city),
      userAgent: plain(object(client.userAgent).rawUserAgent),
    },
    targets: targets.map(({ id, type, displayName }) => ({
      id: plain(id),
      type: plain(type),
      displayName: plain(displayName),
    })),
  };
}

/** JSON text of an event: derived fields, and `raw` unchanged. */
export function eventJson(event: StoredEvent): string {
  return `${JSON.stringify(fieldsOf(event)).slice(0, -1)},"raw":${event.raw}}`;
}

export interface FieldFilters {
  eventType?: string | undefined;
  outcome?: string | undefined;
  actor?: string | undefined;
  ip?: string | undefined;
  q?: string | undefined;
}

/** Exact and case-insensitive; `q` is a substring of the raw event. */
export function matcher(filters: FieldFilters): (event: StoredEvent) => boolean {
  const { eventType, outcome, actor, ip, q } = filters;
  const fields = eventType ?? outcome ?? actor ?? ip;
  const needle = q?.toLowerCase();
  const same = (wanted: string | undefined, ...actual: unknown[]) =>
    wanted === undefined ||
    actual.some((one) => one !== null && String(one).toLowerCase() === wanted.toLowerCase());
  return (event) => {
    if (needle !== undefined && !event.raw.toLowerCase().includes(needle)) return false;
    if (fields === undefined) return true;
    const seen = fieldsOf(event);
    return (
      same(eventType, seen.eventType) &&
      same(outcome, seen.outcome.result) &&
      same(actor, seen.actor.alternateId, seen.actor.id) &&
      same(ip, seen.client.ipAddress)
    );
  };
}
