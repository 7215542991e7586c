/** Sets up an event hook between the demo org and its connector, as an administrator would. */
import { KINDS } from './demo-org/vocabulary.ts';

export interface DemoHookOptions {
  /** The URL of the connector. */
  url: string;
  headers: Record<string, string>;
  orgUrl: string;
  /** A token of the demo org. */
  token: string;
}

/** The URL that the demo org calls. Throws with the reply of the side that refused. */
export async function setUpDemoHook(options: DemoHookOptions): Promise<string> {
  const { url, headers, orgUrl, token } = options;
  const made = await post(`${url}/event-hook`, headers);
  const asAdmin = { authorization: `SSWS ${token}` };
  const hooks = `${orgUrl}/api/v1/eventHooks`;
  const created = await post(hooks, asAdmin, {
    name: 'Microsoft connector',
    events: { type: 'EVENT_TYPE', items: KINDS.map(({ type }) => type) },
    channel: {
      type: 'HTTP',
      version: '1.0.0',
      config: {
        uri: made.url,
        authScheme: { type: 'HEADER', key: 'Authorization', value: made.authorization },
      },
    },
  });
  await post(`${hooks}/${created.id}/lifecycle/verify`, asAdmin);
  return String(made.url);
}

async function post(
  url: string,
  headers: Record<string, string>,
  body?: object,
): Promise<Record<string, unknown>> {
  const reply = await fetch(url, {
    method: 'POST',
    headers: body ? { ...headers, 'content-type': 'application/json' } : headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${reply.status} ${text}`);
  return JSON.parse(text);
}
