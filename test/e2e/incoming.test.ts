/**
 * Unusual requests: changes sent by a web page of another origin through a browser, bodies that are
 * too large, and unexpected bodies.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/calls.ts';
import { type Lab, type LabHost, startLab } from '../support/lab.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const AT = '/api/connectors/absent';
/** Every request that changes data. */
const CHANGES: [string, string][] = [
  ['PUT', AT],
  ['PATCH', AT],
  ['DELETE', AT],
  ...['test', 'disable', 'enable', 'poll', 'backfills', 'backfills/0001/cancel'].map(
    (action): [string, string] => ['POST', `${AT}/${action}`],
  ),
  ['POST', '/api/webhooks/events'],
];

let lab: Lab;
let host: LabHost;

beforeAll(async () => {
  lab = await startLab([]);
  host = await lab.startHost();
});
afterAll(() => lab.close());

describe.each(CHANGES)('%s %s', (method, path) => {
  it.each([
    ['of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['of another origin over plain http', { origin: 'http://evil.example' }],
    ['without an origin', { origin: 'null' }],
  ])('is refused from a page %s', async (_, headers) => {
    const reply = await host.send(method, path, undefined, { ...FORM, ...headers });
    const { remedy } = expectError(reply, 403, 'CrossOriginRefused');
    expect(remedy).toContain('own address');
  });

  it("is accepted from the app's own page", async () => {
    for (const headers of [{ 'sec-fetch-site': 'same-origin' }, { origin: host.url }]) {
      const reply = await host.send(method, path, undefined, headers);
      expect(reply.body?.error?.code).not.toBe('CrossOriginRefused');
    }
  });
});

it('a refused change is recorded', async () => {
  await host.send('POST', `${AT}/poll`, undefined, { 'sec-fetch-site': 'cross-site' });
  const { body } = await host.call('GET', '/api/audit?top=1');
  expect(body.value[0]).toMatchObject({
    action: 'connector.poll',
    connectorId: 'absent',
    result: 'refused',
    code: 'CrossOriginRefused',
  });
});

describe('an action without fields', () => {
  it.each(['test', 'disable', 'enable', 'poll'])('(%s) accepts no form either', async (action) => {
    const reply = await host.send('POST', `${AT}/${action}`, 'a=1', FORM);
    expectError(reply, 415, 'UnsupportedMediaType');
  });

  it('accepts an empty object, and refuses fields', async () => {
    expectError(await host.call('POST', `${AT}/poll`, {}), 404, 'ConnectorNotFound');
    const { remedy } = expectError(
      await host.call('POST', `${AT}/poll`, { now: true }),
      400,
      'InvalidRequest',
    );
    expect(remedy).toBe('Send no fields.');
  });
});

describe('a body over 64 KiB', () => {
  const SIZES = [70_000, 200_000, 1_000_000, 5_000_000];

  it.each(SIZES)('of %i bytes is refused at once when its length is declared', async (size) => {
    const json = { 'content-type': 'application/json' };
    expectError(await host.send('PUT', AT, 'a'.repeat(size), json), 413, 'PayloadTooLarge');
  });

  it.each(SIZES)(
    'of %i bytes is refused at its end when its length is not declared',
    async (size) => {
      const body = ReadableStream.from(Array(size / 10_000).fill(Buffer.alloc(10_000)));
      const json = { 'content-type': 'application/json' };
      const sent = { method: 'PUT', headers: json, body, duplex: 'half' } as RequestInit;
      const reply = await fetch(`${host.url}${AT}`, sent);
      expect([reply.status, await reply.json()]).toMatchObject([
        413,
        { error: { code: 'PayloadTooLarge' } },
      ]);
    },
  );
});
