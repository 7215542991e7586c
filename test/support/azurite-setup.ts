/**
 * Global setup: Azurite processes for the whole run, started when the first test requests an account. A
 * start costs a second of CPU time, and a process answers faster after some time. Azurite is
 * single-threaded, so two processes are started. Every caller gets a separate account, which is as
 * empty as a new Azurite.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import type { TestProject } from 'vitest/node';
import { type Azurite, startAzurite } from '../../dev/azurite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers each request with the connection string of a new account. */
    storageAccounts: string;
  }
}

const PROCESSES = 2;
/** Azurite reads its accounts at its start: more accounts than a run needs. */
const ACCOUNTS = Array.from({ length: 100 }, (_, n) => ({
  name: `tests${n}`,
  key: randomBytes(32).toString('base64'),
}));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<Azurite[]> | undefined;
  let given = 0;
  const server = http.createServer(async (_request, response) => {
    try {
      const n = given++;
      const account = ACCOUNTS[n];
      if (!account) throw new Error(`there are only ${ACCOUNTS.length} accounts`);
      started ??= startAll();
      const azurites = await started;
      const { connectionString } = azurites[n % PROCESSES] as Azurite;
      response.end(ofAccount(connectionString, account));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide(
    'storageAccounts',
    `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
  );
  return async () => {
    server.close();
    for (const azurite of (await started?.catch(() => [])) ?? []) await azurite.stop();
  };
}

/**
 * Azurite takes its accounts from the environment: `AZURITE_ACCOUNTS=name:key;…`, see its README. The
 * processes start in sequence, because each first looks for free ports and takes them later.
 */
async function startAll(): Promise<Azurite[]> {
  process.env.AZURITE_ACCOUNTS = ACCOUNTS.map(({ name, key }) => `${name}:${key}`).join(';');
  const azurites: Azurite[] = [];
  for (let n = 0; n < PROCESSES; n++) azurites.push(await startAzurite());
  delete process.env.AZURITE_ACCOUNTS;
  return azurites;
}

/** The same endpoints with another account. */
function ofAccount(connectionString: string, { name, key }: (typeof ACCOUNTS)[number]): string {
  const own = /AccountName=(\w+);/.exec(connectionString)?.[1];
  if (!own) throw new Error('the connection string names no account');
  return connectionString
    .replaceAll(new RegExp(`AccountName=${own};|/${own};`, 'g'), (found) =>
      found.replace(own, name),
    )
    .replace(/AccountKey=[^;]+/, `AccountKey=${key}`);
}
