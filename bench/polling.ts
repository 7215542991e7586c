/** Many connectors on one instance: idle ones, and healthy ones among others that are slow or failing. */
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../shared/clock.ts';
import { provision } from '../shared/connectors/provision.ts';
import type { Deps } from '../shared/deps.ts';
import { tick } from '../shared/ingest/send-due.ts';
import type { OktaTransport } from '../shared/okta/transport.ts';
import type { Connector } from '../shared/storage/connectors.ts';
import { Token } from '../shared/token.ts';
import type { ContestInput, Measured } from './contest-input.ts';
import { Instance } from './instance.ts';
import { memoryDeps } from './memory-deps.ts';
import { connectorFor, depsFor } from './ours.ts';

const CONNECTORS = 1000;
/** Connectors of each kind that is not healthy. */
const UNWELL = 20;
const SLOW_MS = 12_000;
const INTERVAL_SECONDS = 20;
const INTERVALS = 5;

/** One tick of the poll timer for many connectors without new events. */
export async function idle(input: ContestInput): Promise<() => Promise<Measured>> {
  const operations = { tables: 0 };
  const deps = depsFor(input, () => void operations.tables++);
  const connectors = await createConnectors(deps, input, { pollIntervalSeconds: 60 });
  const instance = new Instance(deps);
  const poll = async () => {
    await instance.tick();
    await instance.idle();
  };
  await poll();
  await deps.due.put(connectors.map(({ id: connectorId }) => ({ connectorId, dueAtMs: 0 })));
  for (const connector of connectors) await deps.status.merge(connector, { dueAtMs: 0 });
  return async () => {
    operations.tables = 0;
    instance.messages = 0;
    await poll();
    return {
      events: CONNECTORS,
      tableOperations: operations.tables / CONNECTORS,
      queueOperations: instance.queueOperations / CONNECTORS,
    };
  };
}

/** The longest time between two polls of a healthy connector, in intervals. */
export async function isolation(input: ContestInput): Promise<() => Promise<Measured>> {
  const deps = depsFor(input);
  const polls = new Map<string, number[]>();
  const isolated = { ...deps, transport: unwell(deps.transport, polls), vault: namingVault(deps) };
  await createConnectors(isolated, input, { pollIntervalSeconds: INTERVAL_SECONDS });
  const instance = new Instance(isolated);
  // The first polls show which orgs are slow.
  await instance.tick();
  await instance.idle();
  return async () => {
    polls.clear();
    for (let n = 0; n < INTERVALS; n++) {
      const next = delay(INTERVAL_SECONDS * 1000);
      await instance.tick();
      await next;
    }
    await instance.idle();
    const gaps = [...polls].flatMap(([id, times]) =>
      kindOf(id) === 'healthy' ? times.slice(1).map((ms, at) => ms - (times[at] ?? 0)) : [],
    );
    const longestGap = Math.max(...gaps) / (INTERVAL_SECONDS * 1000);
    return { events: gaps.length, longestGap };
  };
}

async function createConnectors(
  deps: Deps,
  input: ContestInput,
  change: Partial<Connector>,
): Promise<Connector[]> {
  const connectors = Array.from({ length: CONNECTORS }, (_, n) => {
    const id = `bench-${n}`;
    return { ...connectorFor(input, id), secretName: id, backfillDays: 0, ...change };
  });
  for (const connector of connectors) {
    await deps.connectors.claim(connector);
    await provision(deps, connector);
  }
  return connectors;
}

/** The name of a secret stands for its connector: the transport sees only the token. */
const namingVault = ({ vault }: Deps) => ({
  ...vault,
  get: async (name: string) => new Token(name),
});

function kindOf(id: string): 'slow' | 'throttled' | 'failing' | 'healthy' {
  const n = Number(id.split('-')[1]);
  // Spread over all messages.
  const kind = n % (CONNECTORS / UNWELL);
  return (['slow', 'throttled', 'failing'] as const)[kind] ?? 'healthy';
}

function unwell(transport: OktaTransport, polls: Map<string, number[]>): OktaTransport {
  const answer = (status: number, headers: Record<string, string>) => ({
    ...{ kind: 'reply' as const, status, headers },
    body: Buffer.from('{"errorCode":"E0000009"}'),
    receivedAtMs: Date.now(),
  });
  return {
    send: async (request) => {
      const id = request.token?.reveal() ?? '';
      polls.set(id, [...(polls.get(id) ?? []), Date.now()]);
      const kind = kindOf(id);
      if (kind === 'failing') return answer(500, {});
      if (kind === 'throttled') return answer(429, { 'retry-after': '30' });
      if (kind === 'slow') await delay(SLOW_MS);
      return await transport.send({ ...request, token: new Token('bench') });
    },
  };
}

/** The time that the ticks of 10,000 due connectors take, with a storage that takes `latencyMs`. */
export async function tickSeconds(connectors: number, latencyMs: number): Promise<number> {
  const slowly = async () => void (await delay(latencyMs));
  const deps = { ...memoryDeps(systemClock, slowly), pollQueue: { send: slowly } };
  const ids = Array.from({ length: connectors }, (_, n) => `c${n}`);
  const dueAtMs = Date.now();
  await deps.due.put(ids.map((connectorId) => ({ connectorId, dueAtMs })));
  const startedAtMs = performance.now();
  for (let sent = 0; sent < connectors; ) sent += (await tick(deps, 60_000)).sent;
  return (performance.now() - startedAtMs) / 1000;
}
