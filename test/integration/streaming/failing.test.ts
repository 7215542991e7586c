/** A function that fails during HTTP streaming: only the function itself can end the exchange. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Host, startHost } from '../../support/dev-host.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

let host: Host;

beforeAll(async () => {
  host = await startHost('test/integration/streaming/app', await newStorageAccount());
});
afterAll(async () => {
  await host.stop();
});

it.each(['thrown', 'no-reply-at-all'])("%s: the caller's connection ends", async (what) => {
  const reply = await fetch(`${host.url}/${what}`);
  expect([reply.status, await reply.text()]).toEqual([500, '']);
});
