import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type ServiceProxy, startProxy } from '../../support/proxy.ts';
import { ROOT } from '../../support/stack.ts';
import { endpointOf, newStorageAccount } from '../../support/storage-account.ts';

let proxies: ServiceProxy[];
/** Every request to the storage. */
let requests: string[];
let connectionString: string;

beforeEach(async () => {
  requests = [];
  proxies = [];
  connectionString = await newStorageAccount();
  for (const service of ['Blob', 'Queue', 'Table'] as const) {
    const endpoint = endpointOf(connectionString, service);
    const proxy = await startProxy(endpoint);
    proxy.watcher = {
      before: ({ method, path: url }) => {
        requests.push(`${method} ${url}`);
        return 'pass';
      },
    };
    proxies.push(proxy);
    connectionString = connectionString.replace(endpoint, proxy.url);
  }
});
afterEach(async () => {
  for (const proxy of proxies) await proxy.close();
});

const standBy = (main: string) =>
  fork(inject('developmentHost'), ['--root', path.join(ROOT, main), '--standby'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PORT: '0',
      POLL_SCHEDULE: '0 0 0 1 1 *',
      AzureWebJobsStorage: connectionString,
      KEY_VAULT_URL: 'https://127.0.0.1:1',
    },
  });

describe('a host on standby', () => {
  it.each([
    ['the app of the tests', 'test/integration/dev-host/app'],
    ['the product', '.'],
  ])('with %s accesses storage only after its parent has sent the message', async (_what, main) => {
    const child = standBy(main);
    const exited = once(child, 'exit');
    const [{ loaded }] = await once(child, 'message');
    expect(requests).toEqual([]);
    child.send('go');
    const [{ ready }] = await once(child, 'message');
    expect(ready).toBe(loaded);
    expect(requests).not.toEqual([]);
    child.kill('SIGKILL');
    await exited;
  });

  it('ends together with its parent process', async () => {
    const child = standBy('test/integration/dev-host/app');
    const exited = once(child, 'exit');
    await once(child, 'message');
    child.disconnect();
    expect(await exited).toEqual([0, null]);
  });
});
