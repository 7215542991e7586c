/** CloudEvents 1.0 over HTTP, and their handshake. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { CloudEvent, HTTP } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError, type Reply } from '../support/calls.ts';
import { type Lab, type LabHost, startLab } from '../support/lab.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
let lab: Lab;
let host: LabHost;
let deliveries = 0;

beforeAll(async () => {
  lab = await startLab([]);
  host = await lab.startHost({
    WEBHOOK_ALLOWED_ORIGINS: 'eventgrid.azure.net,portal.contoso.example',
  });
});
afterAll(() => lab.close());

describe('a CloudEvent', () => {
  const at = (more: object = {}) => ({
    id: `e-${++deliveries}`,
    type: 'connector.enable',
    source: '/portal',
    time: new Date().toISOString(),
    data: { id: 'nobody' },
    ...more,
  });
  const post = (body: unknown, headers: object): Promise<Reply> =>
    host.send('POST', '/api/webhooks/events', String(body), headers as Record<string, string>);
  const structured = (event: object) => {
    const { headers, body } = HTTP.structured(new CloudEvent(event as never));
    return post(body, headers);
  };
  const binary = (event: object, more: object = {}) => {
    const { headers, body } = HTTP.binary(new CloudEvent(event as never));
    return post(body, { ...headers, ...more });
  };

  it('is identified by source and id, in any content mode', async () => {
    const event = at({ id: 'one' });
    expect((await structured(event)).status).toBe(202);
    expect((await binary(event)).status).toBe(202);
    expectError(await binary({ ...event, type: 'connector.disable' }), 409, 'DeliveryConflict');
    expect((await binary({ ...event, type: 'connector.disable', source: '/other' })).status).toBe(
      202,
    );
  });

  it.each<[string, number, string, () => Promise<Reply>]>([
    [
      'in a batch',
      415,
      'UnsupportedMediaType',
      () => post('[]', { 'content-type': 'application/cloudevents-batch+json' }),
    ],
    [
      'in another format',
      415,
      'UnsupportedMediaType',
      () => post('<a/>', { 'content-type': 'application/cloudevents+xml' }),
    ],
    [
      'of the day after tomorrow',
      400,
      'InvalidRequest',
      () => structured(at({ time: new Date(Date.now() + 2 * 86_400_000).toISOString() })),
    ],
    ['without its headers', 415, 'UnsupportedMediaType', () => post('{"id":"x"}', JSON_TYPE)],
    [
      'with data that is not JSON',
      415,
      'UnsupportedMediaType',
      () => binary(at(), { 'content-type': 'text/plain' }),
    ],
    ['of another version', 400, 'InvalidRequest', () => binary(at(), { 'ce-specversion': '0.3' })],
    ['without its time', 400, 'InvalidRequest', () => binary(at(), { 'ce-time': '' })],
    ['without its source', 400, 'InvalidRequest', () => binary(at(), { 'ce-source': '' })],
    [
      'of an unknown type',
      400,
      'InvalidRequest',
      () => structured(at({ type: 'connector.paint' })),
    ],
    [
      'with an unknown field',
      400,
      'InvalidRequest',
      () => structured(at({ data: { id: 'nobody', purgeEvents: true } })),
    ],
    [
      'that is malformed',
      400,
      'InvalidRequest',
      () => post('{', { 'content-type': 'application/cloudevents+json' }),
    ],
    [
      'that is too large',
      413,
      'PayloadTooLarge',
      () => structured(at({ data: { id: 'x'.repeat(66_000) } })),
    ],
    [
      'with a bad domain',
      400,
      'DomainNotAllowed',
      () =>
        structured(
          at({ type: 'connector.update', data: { id: 'nobody', domain: 'contoso.invalid' } }),
        ),
    ],
  ])('%s is %d', async (_what, status, code, call) => {
    expectError(await call(), status, code);
  });
});

describe('the handshake', () => {
  const ask = async (headers: Record<string, string>) =>
    await host.send('OPTIONS', '/api/webhooks/events', undefined, headers);

  it('allows allowed origins, with a rate when the request names one', async () => {
    for (const origin of ['eventgrid.azure.net', 'portal.contoso.example', 'EventGrid.Azure.net']) {
      const { status, headers } = await ask({ 'webhook-request-origin': origin });
      expect([status, headers.get('allow')]).toEqual([200, 'POST']);
      expect(headers.get('webhook-allowed-origin')).toBe(origin.toLowerCase());
      expect(headers.get('webhook-allowed-rate')).toBeNull();
    }
    const asked = {
      'webhook-request-origin': 'eventgrid.azure.net',
      'webhook-request-rate': '120',
    };
    expect((await ask(asked)).headers.get('webhook-allowed-rate')).toMatch(/^[1-9]\d*$/);
  });

  it('refuses other origins, and sends no requests', async () => {
    let fetched = 0;
    const callback = http.createServer((_request, response) => {
      fetched++;
      response.end();
    });
    await once(callback.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(callback.address() as net.AddressInfo).port}/`;
    for (const origin of ['evil.invalid', '*', '', 'azure.net', 'eventgrid.azure.net']) {
      const { status, headers, body } = await ask({
        'webhook-request-origin': origin,
        'webhook-request-callback': url,
      });
      expect([status, body]).toEqual([200, undefined]);
      if (origin === 'eventgrid.azure.net') continue;
      for (const name of ['allow', 'webhook-allowed-origin', 'webhook-allowed-rate'])
        expect(headers.get(name)).toBeNull();
    }
    callback.close();
    expect(fetched).toBe(0);
  });
});
