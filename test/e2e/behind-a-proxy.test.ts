/** An app with a proxy in the environment that `npm start` passes on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loopbackWithoutProxy } from '../../dev/environment.ts';
import { type BlockingProxy, startBlockingProxy } from '../support/blocking-proxy.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { connect } from '../support/row-org.ts';
import { settled } from '../support/stack.ts';

let lab: Lab;
let host: LabHost;
let proxy: BlockingProxy;

beforeAll(async () => {
  proxy = await startBlockingProxy();
  const org = await startLabOrg({ events: 20 });
  lab = await startLab([org]);
  const { url } = proxy;
  const given = { HTTPS_PROXY: url, HTTP_PROXY: url };
  host = await lab.startHost({ ...given, ...loopbackWithoutProxy(given) });
  await connect(host, 'contoso', org);
});
afterAll(async () => {
  await lab?.close();
  proxy?.close();
});

it('storage, vault and identity on this computer are reached without the proxy', async () => {
  await settled(host, 'contoso');
  expect((await host.call('GET', '/api/health')).status).toBe(200);
  expect(proxy.asked).toEqual([]);
});

it('Okta is reached through the proxy, and a refusal by the proxy is reported', async () => {
  const credential = { kind: 'apiToken', token: '00token' };
  const body = { domain: 'contoso.okta.com', credential };
  const refused = await host.call('PUT', '/api/connectors/other', body);
  expect(refused).toMatchObject({ status: 502, body: { error: { code: 'OktaUnreachable' } } });
  expect(refused.body.error.message).toContain('proxy');
  expect(proxy.asked).toEqual(['contoso.okta.com:443']);
});
