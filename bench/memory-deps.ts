/** The product's core on tables in memory, whose operations are counted like those of the service. */
import { systemChance } from '../shared/chance.ts';
import type { Clock } from '../shared/clock.ts';
import type { Deps } from '../shared/deps.ts';
import type { OktaTransport } from '../shared/okta/transport.ts';
import { Token } from '../shared/token.ts';
import { CountingTable } from '../test/support/counting-table.ts';
import { depsOver, TABLES } from '../test/support/deps-in-memory.ts';
import { MemoryBlobs } from '../test/support/memory-blobs.ts';
import { MemoryTable } from '../test/support/memory-table.ts';

const NO_REQUESTS: OktaTransport = {
  send: () => Promise.reject(new Error('no request was expected')),
};

/** `onOperation` is awaited before each operation of a table. */
export function memoryDeps(
  clock: Clock,
  onOperation: () => Promise<void> | void,
  transport = NO_REQUESTS,
): Deps {
  const tables = new Map(TABLES.map((name) => [name, new MemoryTable(clock)]));
  return {
    ...depsOver({
      table: (name) => new CountingTable(tables.get(name) as MemoryTable, onOperation),
      blobs: new MemoryBlobs(),
      clock,
      chance: systemChance,
      storageClock: clock,
      vault: {
        set: async () => 'v1',
        get: async () => new Token('bench'),
        latestVersion: async () => 'v1',
        remove: async () => {},
      },
      pollQueue: { send: async () => {} },
      workQueue: { send: async () => {} },
      workflows: {
        isActive: async () => true,
        start: async () => {},
        purgeFinished: async () => {},
      },
    }),
    transport,
  };
}
