/** The event hooks of the demo org: set up and delivered as Okta does it. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type OrgServer, startOktaOrg } from '../../../dev/demo-org/server.ts';
import { until } from '../../support/stack.ts';

const TOKEN = 'token-of-the-org';
const SECRET = 'secret-of-the-hook';
const TYPE = 'user.session.start';

interface Received {
  method: string;
  secret: string | undefined;
  uuids: string[];
}

let org: OrgServer;
let receiver: http.Server;
let uri: string;
let received: Received[];
/** The statuses of the next replies; 204 afterwards. */
let statuses: number[];
let verification: (challenge: string) => string;

beforeEach(async () => {
  received = [];
  statuses = [];
  verification = (challenge) => challenge;
  receiver = http.createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', headers } = request;
    if (method === 'GET') {
      const challenge = String(headers['x-okta-verification-challenge']);
      return void response.end(JSON.stringify({ verification: verification(challenge) }));
    }
    const { events } = JSON.parse(text).data;
    const uuids = events.map(({ uuid }: { uuid: string }) => uuid);
    received.push({ method, secret: headers.authorization, uuids });
    response.writeHead(statuses.shift() ?? 204).end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  uri = `http://127.0.0.1:${(receiver.address() as net.AddressInfo).port}/hook`;
  org = await startOktaOrg({
    ...{ seed: 1, bornAtMs: Date.now(), events: 5, days: 1, trickleEventsPerMinute: 0 },
    ...{ limitPerMinute: 600, orgId: '00oHooks', tokens: [TOKEN], nowMs: () => Date.now() },
  });
});
afterEach(async () => {
  await org.close();
  receiver.close();
});

const manage = async (path: string, body?: object, token = TOKEN) => {
  const reply = await fetch(`${org.origin}/api/v1/eventHooks${path}`, {
    method: 'POST',
    headers: { authorization: `SSWS ${token}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: reply.status, body: (await reply.json()) as { id?: string } };
};
const create = (to = uri) => {
  const authScheme = { type: 'HEADER', key: 'Authorization', value: SECRET };
  const config = { uri: to, authScheme };
  const channel = { type: 'HTTP', version: '1.0.0', config };
  return manage('', { name: 'hook', events: { type: 'EVENT_TYPE', items: [TYPE] }, channel });
};
const verify = async () => await manage(`/${(await create()).body.id}/lifecycle/verify`);
const happen = (uuid: string, eventType = TYPE) => {
  const nowMs = org.org.nowMs();
  const published = new Date(nowMs).toISOString();
  org.org.append(JSON.stringify({ uuid, published, eventType }), nowMs);
};
const uuids = () => received.flatMap((one) => one.uuids);
const untilReceived = (uuid: string) =>
  until(`${uuid} to be delivered`, async () => uuids().includes(uuid) || undefined, 50);

it('is verified by a challenge, and then called with its secret for events of its types', async () => {
  expect((await verify()).body).toMatchObject({ verificationStatus: 'VERIFIED' });
  happen('other', 'user.session.end');
  happen('one');
  happen('two');
  await untilReceived('two');
  // The events of a short time come together.
  expect(received).toEqual([{ method: 'POST', secret: SECRET, uuids: ['one', 'two'] }]);
});

it('is not called before its verification, which needs the challenge', async () => {
  verification = () => 'wrong';
  expect((await verify()).status).toBe(400);
  verification = (challenge) => challenge;
  expect((await verify()).status).toBe(200);
  happen('one');
  await untilReceived('one');
  expect(received).toHaveLength(1);
});

it('needs a token of the org, and an address of this computer', async () => {
  expect((await manage('', {}, 'wrong')).status).toBe(401);
  expect((await create('https://evil.example/hook')).status).toBe(400);
});

it.each([
  ['again after an error, once', [500, 500], ['one', 'one', 'two']],
  ['not again after a refusal', [401], ['one', 'two']],
])('is called %s', async (_what, replies, expected) => {
  await verify();
  statuses = [...replies];
  happen('one');
  await untilReceived('one');
  await until('the replies', async () => (statuses.length === 0 ? true : undefined), 50);
  happen('two');
  await untilReceived('two');
  expect(uuids()).toEqual(expected);
});

it('can lose, repeat and stop its deliveries, and use a wrong secret', async () => {
  await verify();
  org.hooks.mode = 'lossy';
  happen('lost');
  await until('a loss', async () => (org.hooks.attempts === 1 ? true : undefined), 50);
  happen('found');
  await untilReceived('found');
  org.hooks.mode = 'duplicate';
  happen('twice');
  await until('both', async () => (uuids().length === 3 ? true : undefined), 50);
  org.hooks.mode = 'wrong-secret';
  happen('wrong');
  await untilReceived('wrong');
  expect(uuids()).toEqual(['found', 'twice', 'twice', 'wrong']);
  expect(received.at(-1)?.secret).not.toBe(SECRET);
});
