/**
 * The event hooks of the demo org (docs/okta.md, "Event hooks", "Verification of an event hook"): created
 * and verified over Okta's management API, then called when events are committed. Delivery is best effort:
 * one retry, nothing is kept. Only addresses of this computer are called.
 */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { LoggedEvent } from './event-log.ts';
import type { OktaOrg, OrgReply } from './org.ts';

/** The events of this time are delivered together. */
const BATCH_MS = 250;
const TIME_OUT_MS = 3_000;
const SLOW_MS = 2_500;
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const CHALLENGE = 'X-Okta-Verification-Challenge';

/** How deliveries go wrong, for tests. */
export const DELIVERY_MODES = [
  'proper',
  'off',
  'lossy',
  'duplicate',
  'slow',
  'wrong-secret',
] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

export const isDeliveryMode = (text: string | null): text is DeliveryMode =>
  DELIVERY_MODES.some((mode) => mode === text);

interface Hook {
  id: string;
  name: string;
  uri: URL;
  /** The header that authorises deliveries. */
  key: string;
  value: string;
  types: ReadonlySet<string>;
  verified: boolean;
}

/** A request to the management API, with its whole body. */
export interface HookRequest {
  method: string;
  path: string;
  authorization: string | undefined;
  body: string;
}

export const isHookPath = (path: string): boolean => path.startsWith('/api/v1/eventHooks');

export class EventHooks {
  mode: DeliveryMode = 'proper';
  /** The number of deliveries by the status of their reply; 0 without a reply. */
  readonly delivered = new Map<number, number>();
  /** The number of deliveries, also of those that were lost on purpose. */
  attempts = 0;
  readonly #org: OktaOrg;
  readonly #hooks = new Map<string, Hook>();
  #timer: NodeJS.Timeout | undefined;
  #seen = 0;

  constructor(org: OktaOrg) {
    this.#org = org;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** `POST /api/v1/eventHooks`, `POST …/{id}/lifecycle/verify`. */
  async handle({ method, path, authorization, body }: HookRequest): Promise<OrgReply> {
    const token = /^SSWS (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    if (!this.#org.options.tokens.includes(token))
      return this.#org.error(401, 'E0000011', 'Invalid token provided');
    const [id, ...action] = path.split('/').slice(4);
    const hook = this.#hooks.get(id ?? '');
    if (method === 'POST' && id === undefined) return this.#create(body);
    const isVerify = method === 'POST' && action.join('/') === 'lifecycle/verify';
    if (!hook || !isVerify)
      return this.#org.error(404, 'E0000007', 'Not found: Resource not found');
    return await this.#verify(hook);
  }

  #create(body: string): OrgReply {
    const hook = hookOf(body);
    if (!hook) return this.#org.error(400, 'E0000001', 'Api validation failed: eventHook');
    this.#hooks.set(hook.id, hook);
    return shown(hook);
  }

  async #verify(hook: Hook): Promise<OrgReply> {
    const challenge = randomUUID();
    const { status, body } = await call(hook.uri, 'GET', { [CHALLENGE]: challenge });
    if (status !== 200 || verificationIn(body) !== challenge)
      return this.#org.error(400, 'E0000001', 'The endpoint did not answer the challenge');
    hook.verified = true;
    this.#start();
    return shown(hook);
  }

  /** Events from before the first verified hook are not delivered. */
  #start(): void {
    if (this.#timer) return;
    this.#committed();
    this.#timer = setInterval(() => this.#deliverNew(), BATCH_MS);
    this.#timer.unref();
  }

  /** The events that were committed since the last call. */
  #committed(): LoggedEvent[] {
    const { log } = this.#org;
    log.advanceTo(this.#org.nowMs());
    const fresh = log.committed.slice(this.#seen);
    this.#seen = log.committed.length;
    return fresh;
  }

  #deliverNew(): void {
    const raws = this.#committed().map((event) => this.#org.log.rawOf(event));
    if (this.mode === 'off') return;
    for (const hook of this.#hooks.values()) {
      const wanted = raws.filter((raw) => hook.types.has(typeOf(raw)));
      if (hook.verified && wanted.length > 0) void this.#deliver(hook, wanted);
    }
  }

  async #deliver(hook: Hook, raws: readonly string[]): Promise<void> {
    this.attempts++;
    if (this.mode === 'lossy' && this.attempts % 2 === 1) return;
    if (this.mode === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    const secret = this.mode === 'wrong-secret' ? 'wrong' : hook.value;
    const body = deliveryOf(hook, raws, this.#org);
    const headers = { [hook.key]: secret, 'content-type': 'application/json' };
    const send = async () => {
      const { status } = await call(hook.uri, 'POST', headers, body);
      this.delivered.set(status, (this.delivered.get(status) ?? 0) + 1);
      return status;
    };
    const status = await send();
    if (status === 0 || status >= 500 || this.mode === 'duplicate') await send();
  }
}

/** Undefined for a hook that Okta would refuse, or that is not on this computer. */
function hookOf(body: string): Hook | undefined {
  try {
    const { name, events, channel } = JSON.parse(body);
    const { uri, authScheme } = channel.config;
    const address = new URL(uri);
    if (!LOOPBACK.includes(address.hostname)) return undefined;
    const id = `who${randomUUID().replaceAll('-', '').slice(0, 17)}`;
    const { key, value } = authScheme;
    const types = new Set<string>(events.items);
    return { id, name, uri: address, key, value, types, verified: false };
  } catch {
    return undefined;
  }
}

const shown = ({ id, name, verified }: Hook): OrgReply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    id,
    name,
    status: 'ACTIVE',
    verificationStatus: verified ? 'VERIFIED' : 'UNVERIFIED',
  }),
});

function verificationIn(body: string): unknown {
  try {
    return JSON.parse(body).verification;
  } catch {
    return undefined;
  }
}

/** Empty for a text that is no event. */
function typeOf(raw: string): string {
  try {
    return String(JSON.parse(raw).eventType ?? '');
  } catch {
    return '';
  }
}

/** The form of a delivery; its events are not the texts of the log, which may differ. */
const deliveryOf = ({ id }: Hook, raws: readonly string[], org: OktaOrg): string =>
  JSON.stringify({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: `${org.options.origin}/api/v1/eventHooks/${id}`,
    eventId: randomUUID(),
    data: { events: raws.map((raw) => JSON.parse(raw)) },
    eventTime: new Date(org.nowMs()).toISOString(),
    contentType: 'application/json',
  });

/** Status 0 when there is no reply in time. Never follows a redirect, and uses no proxy. */
async function call(
  uri: URL,
  method: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; body: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number; body: string }>();
  const failed = () => resolve({ status: 0, body: '' });
  const signal = AbortSignal.timeout(TIME_OUT_MS);
  const request = http.request(uri, { method, headers, signal }, async (response) => {
    try {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, body: text });
    } catch {
      failed();
    }
  });
  request.on('error', failed).end(body);
  return await promise;
}
