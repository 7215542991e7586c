/** A host that keeps the invocation id that a caller has made up. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Host, startHost } from '../../support/dev-host.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

let host: Host;

beforeAll(async () => {
  const env = { LOCAL_KEEP_INVOCATION_IDS: '1' };
  host = await startHost('test/integration/streaming/app', await newStorageAccount(), env);
});
afterAll(async () => {
  await host.stop();
});

it('a request with a forged invocation id ends, and the next request is answered', async () => {
  const headers = { 'x-ms-invocation-id': 'made-up' };
  const signal = AbortSignal.timeout(20_000);
  const forged = await fetch(`${host.url}/things/a`, { headers, signal });
  expect(forged.status).toBe(500);
  const genuine = await fetch(`${host.url}/things/b`);
  expect(await genuine.json()).toMatchObject({ forwarded: { params: { id: 'b' } } });
});
