/**
 * The product's core in one process: the real logic, with the demo org's model, and tables, vault and
 * clock simulated at the product's ports. Storage can fail before or after the effect of a write.
 */
import { OktaOrg } from '../../dev/demo-org/org.ts';
import { planBackfill } from '../../shared/backfill/plan.ts';
import { ingestSlice } from '../../shared/backfill/slice-run.ts';
import { systemChance } from '../../shared/chance.ts';
import type { Clock } from '../../shared/clock.ts';
import { provision } from '../../shared/connectors/provision.ts';
import type { Deps } from '../../shared/deps.ts';
import { pollConnector } from '../../shared/ingest/live.ts';
import type { PollResult } from '../../shared/ingest/live-outcome.ts';
import type { OktaTransport } from '../../shared/okta/transport.ts';
import { CountReader } from '../../shared/sink/count-reader.ts';
import { EventsQuery } from '../../shared/sink/events-query.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import type { WorkMessage } from '../../shared/storage/queue.ts';
import { Token } from '../../shared/token.ts';
import type { WorkflowEngine } from '../../shared/workflow-engine.ts';
import { CheckpointWatch } from './checkpoint-watch.ts';
import { depsOver, TABLES, type TableName } from './deps-in-memory.ts';
import { type Disturbance, DisturbedTable } from './disturbed-table.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { MemoryVault } from './memory-vault.ts';
import { aConnector } from './samples.ts';
import type { VirtualTime } from './virtual-time.ts';

const ORIGIN = 'https://contoso.okta.com';
export const TOKEN = 'secret';
export const BORN = Date.parse('2026-11-23T12:00:30.000Z');

/** Tests perform the steps of orchestrations. */
const NO_ENGINE: WorkflowEngine = {
  isActive: async () => false,
  start: async () => {},
  purgeFinished: async () => {},
};

export interface WorldOptions {
  events?: number;
  trickleEventsPerMinute?: number;
  limitPerMinute?: number;
  seed?: number;
  longestPage?: number;
  shortPages?: boolean;
  indexDelayMs?: number;
  /** With `time`, virtual time passes independently; without it, only through actions of the test. */
  time?: VirtualTime;
  latencyMs?: number;
}

export function createWorld(options: WorldOptions = {}) {
  let nowMs = BORN;
  let disturbance: Disturbance = () => 'none';
  const { time, latencyMs = 200 } = options;
  const clock: Clock = time ?? {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
    },
  };
  const org = new OktaOrg({
    seed: 1,
    bornAtMs: BORN,
    events: 3000,
    days: 60,
    trickleEventsPerMinute: 0,
    limitPerMinute: 600,
    orgId: '00oContoso',
    origin: ORIGIN,
    tokens: [TOKEN],
    nowMs: clock.nowMs,
    ...options,
  });
  const transport: OktaTransport = {
    send: async ({ url, token }) => {
      const headers = { authorization: token ? `SSWS ${token.reveal()}` : undefined };
      const reply = org.handle({ method: 'GET', url: url.pathname + url.search, headers });
      if (time) await time.sleep(latencyMs);
      else nowMs += latencyMs;
      const { status, body } = reply;
      return {
        kind: 'reply',
        status,
        headers: reply.headers,
        body: Buffer.from(body),
        receivedAtMs: clock.nowMs(),
      };
    },
  };
  const watch = new CheckpointWatch();
  const tables = Object.fromEntries(
    TABLES.map((name) => {
      const applied = name === 'checkpoints' ? watch.applied.bind(watch) : undefined;
      return [name, new DisturbedTable(clock, () => disturbance(name), applied)];
    }),
  ) as Record<TableName, DisturbedTable>;
  const vault = new MemoryVault();
  const queued: WorkMessage[] = [];
  const deps: Deps = {
    ...depsOver({
      table: (name) => tables[name],
      blobs: new MemoryBlobs(),
      clock,
      chance: systemChance,
      storageClock: clock,
      vault,
      pollQueue: { send: async () => {} },
      workQueue: { send: async (message) => void queued.push(message) },
      workflows: NO_ENGINE,
    }),
    transport,
  };
  const { connectors, sinkStores } = deps;
  const counts = () => new CountReader(sinkStores, clock);

  return {
    org,
    deps,
    tables,
    vault,
    /** Messages for the queue `connector-work`. */
    queued,
    sinkStores,
    movedBack: watch.violations,
    /** Advances the clock. */
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** Advances the clock to the next poll. */
    passToNext: (polled: PollResult) => {
      const dueAtMs = 'dueAtMs' in polled ? polled.dueAtMs : 0;
      nowMs = Math.max(nowMs, dueAtMs);
    },
    disturb: (next: Disturbance) => {
      disturbance = next;
    },
    /** Registers like `PUT`, without HTTP. */
    connect: async (change: Partial<Connector> = {}): Promise<void> => {
      const connector = aConnector({ connectedAtMs: org.nowMs(), ...change });
      await vault.set(connector.secretName, new Token(TOKEN));
      await connectors.claim(connector);
      await provision(deps, connector);
    },
    poll: () => pollConnector(deps, 'contoso'),
    /** One step of a worker: plan, then read. True while there is more. */
    work: async (worker = 0): Promise<boolean> => {
      const backfillId = (await deps.checkpoints.latestBackfill('contoso'))?.id ?? '';
      const ref = { connectorId: 'contoso', generation: 'g1', backfillId, worker, attempt: 0 };
      const plan = await planBackfill(deps, ref);
      if (plan.state === 'over') return false;
      const { sliceKey, openSlices } = plan;
      const slice = sliceKey === undefined ? undefined : { ...ref, sliceKey, openSlices };
      const { waitSeconds } = slice ? await ingestSlice(deps, slice) : plan;
      await clock.sleep(waitSeconds * 1000);
      return true;
    },
    requests: () => [...org.answered.values()].reduce((sum, count) => sum + count, 0),
    facts: async () => (await deps.status.known(aConnector())).facts,
    live: async () => (await deps.checkpoints.live('contoso'))?.value,
    ledger: async (id = '0001') => (await deps.checkpoints.backfill('contoso', id))?.value,
    counts: () => counts().counts('contoso', 'g1'),
    held: async (): Promise<string[]> => {
      const query = new EventsQuery(sinkStores, counts(), { ...clock, nowMs: () => 0 });
      const page = await query.page('contoso', 'g1', { matches: () => true }, 1e9);
      return page.events.map(({ raw }) => raw).toSorted();
    },
    truth: (): string[] => [...org.truth()].map(({ raw }) => raw).toSorted(),
  };
}

export type World = ReturnType<typeof createWorld>;

/** Polls and works until no work is left. */
export async function settle(world: World): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const more = await world.work();
    const polled = await world.poll();
    if (!more && polled.kind === 'done' && (await world.facts()).caughtUp) return;
    world.passToNext(polled);
  }
  throw new Error('the world did not settle');
}
