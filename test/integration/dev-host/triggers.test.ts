import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../support/dev-host.ts';
import { until } from '../../support/stack.ts';
import { newStorageAccount } from '../../support/storage-account.ts';
import { onCoreTools } from '../../support/which-host.ts';

const APP = 'test/integration/dev-host/app';
let connectionString: string;
let host: Host;

beforeAll(async () => {
  connectionString = await newStorageAccount();
  for (const name of ['work', 'work-poison']) await queueNamed(name).create();
  // Core Tools makes its own keys.
  const keys: Record<string, string> = onCoreTools ? {} : { LOCAL_FUNCTION_KEY: 'the-key' };
  host = await startHost(APP, connectionString, keys);
});
const queueNamed = (name: string) =>
  QueueServiceClient.fromConnectionString(connectionString).getQueueClient(name);
afterAll(async () => {
  await host.stop();
});

const get = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);
const json = async (path: string): Promise<any> => (await get(path)).json();

describe('an HTTP function', () => {
  it('is the first match in the order of names, not the most specific match', async () => {
    expect(await json('/jobs/list')).toMatchObject({ function: 'a', params: { id: 'list' } });
  });

  it('is found in any case and with a trailing slash', async () => {
    expect(await json('/JOBS/7/')).toMatchObject({ function: 'a', params: { id: '7' } });
  });

  it('receives decoded parameters, except encoded slashes', async () => {
    expect(await json('/jobs/a%2Fb%20c')).toMatchObject({ params: { id: 'a%2Fb c' } });
    expect(await json('/files/x/y')).toMatchObject({ params: { rest: 'x/y' } });
  });

  it('is 404 under another method or path', async () => {
    expect((await get('/jobs/7', { method: 'DELETE' })).status).toBe(404);
    expect((await get('/nowhere')).status).toBe(404);
  });

  it('is 500 without a body when it throws, and 204 when it returns nothing', async () => {
    const thrown = await get('/throws');
    expect([thrown.status, await thrown.text()]).toEqual([500, '']);
    expect((await get('/nothing')).status).toBe(204);
  });

  it('receives repeated query keys joined, and sends its headers in lower case', async () => {
    expect(await json('/query?a=1&a=2')).toEqual({ a: '1,2' });
    expect((await get('/jobs/7')).headers.get('x-custom-header')).toBe('yes');
  });

  it.skipIf(onCoreTools)('requires only its key', async () => {
    const put = { method: 'PUT', body: 'hello' };
    expect((await get('/echo', put)).status).toBe(401);
    expect((await get('/echo?code=wrong', put)).status).toBe(401);
    const allowed = await get('/echo', { ...put, headers: { 'x-functions-key': 'the-key' } });
    expect(await allowed.json()).toMatchObject({ function: 'c', body: 'hello' });
  });
});

describe('a timer function', () => {
  it('runs on its schedule with the argument of the real host', async () => {
    const { timer, lateTimer } = await until('two ticks', async () => {
      const seen = await json('/seen');
      return seen.timer.length >= 2 ? seen : undefined;
    });
    expect(timer[0]).toMatchObject({ isPastDue: false, schedule: { adjustForDST: true } });
    expect(timer[0].scheduleStatus.last).toBe('0001-01-01T00:00:00+00:00');
    expect(Date.parse(timer[1].scheduleStatus.last)).toBeGreaterThan(0);
    // Further away than Node's longest time-out.
    expect(lateTimer).toBe(0);
  });
});

it.skipIf(onCoreTools)('cannot be run by a page in a browser', async () => {
  const ask = (headers: Record<string, string>) =>
    get('/admin/functions/timer', {
      method: 'POST',
      headers: { 'x-functions-key': 'the-key', ...headers },
    });
  expect((await ask({ origin: 'http://evil.example' })).status).toBe(403);
  expect((await ask({})).status).not.toBe(403);
});

describe('a queue function', () => {
  const send = (text: string) => queueNamed('work').sendMessage(text);
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');

  it('receives the JSON of a base64 message', async () => {
    await send(encode({ n: 1 }));
    const { queue: seen } = await until('the message', async () => {
      const all = await json('/seen');
      return all.queue.length > 0 ? all : undefined;
    });
    expect(seen[0]).toEqual({ message: { n: 1 }, dequeueCount: 1 });
  });

  it('receives at once all messages that were sent while the host waited, copies included', async () => {
    for (let copy = 0; copy < 3; copy++) await send(encode({ waitsFor: 3 }));
    const most = await until('the copies', async () => {
      const { mostAtOnce } = await json('/seen');
      return mostAtOnce === 3 ? mostAtOnce : undefined;
    });
    expect(most).toBe(3);
  });

  it('needs an existing queue: the host does not create it', async () => {
    expect(await queueNamed('unmade').exists()).toBe(false);
  });

  it('is retried when it throws, and its message ends in the poison queue', async () => {
    await send(encode({ fails: true }));
    const seen = await until('the poison', async () => {
      const all = await json('/seen');
      return all.poison.length > 0 ? all : undefined;
    });
    const tries = seen.queue.filter(({ message }: any) => message.fails);
    expect(tries.map(({ dequeueCount }: any) => dequeueCount)).toEqual([1, 2, 3]);
    expect(seen.poison).toEqual([{ fails: true }]);
  });

  it('never receives a message that is not base64', async () => {
    const before = (await json('/seen')).queue.length;
    await send('not base64!');
    await until('the queue to be empty', async () => {
      const { approximateMessagesCount } = await queueNamed('work').getProperties();
      return approximateMessagesCount === 0 ? true : undefined;
    });
    expect((await json('/seen')).queue).toHaveLength(before);
  });
});
