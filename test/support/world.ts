/**
 * The product's core in one process: real logic, with the demo org's model, tables, vault and clock
 * simulated at our ports. Storage can be told to fail, before or after a write took effect.
 */
import { OktaOrg } from '../../dev/demo-org/org.ts';
import { planBackfill } from '../../shared/backfill/plan.ts';
import type { Clock } from '../../shared/clock.ts';
import { readConfig } from '../../shared/config.ts';
import { bringForward } from '../../shared/connectors/bring-forward.ts';
import type { IngestParts } from '../../shared/ingest/ingest-parts.ts';
import { pollConnector } from '../../shared/ingest/live.ts';
import { ingestSlice } from '../../shared/ingest/slice.ts';
import { Governor } from '../../shared/okta/governor.ts';
import type { OktaTransport } from '../../shared/okta/transport.ts';
import { CountReader } from '../../shared/sink/counts.ts';
import { EventsQuery } from '../../shared/sink/query.ts';
import { TablesSink } from '../../shared/sink/tables-sink.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { type Connector, Connectors } from '../../shared/storage/connectors.ts';
import { Runs } from '../../shared/storage/runs.ts';
import { StatusTable } from '../../shared/storage/status-facts.ts';
import type { BatchResult, KeyRange, Operation, Row } from '../../shared/storage/table.ts';
import { Token } from '../../shared/token.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { MemoryTable } from './memory-table.ts';
import { aConnector } from './samples.ts';
import type { VirtualTime } from './virtual-time.ts';

const ORIGIN = 'https://contoso.okta.com';
export const BORN = Date.parse('2026-11-23T12:00:30.000Z');

/** What a test does when a table is about to write. */
export type Disturbance = (table: string) => 'none' | 'fail-before' | 'fail-after';

export class Crash extends Error {}

/** A step at one of our ports: others may come in between, or this may be the process's last. */
export type Step = () => Promise<void>;

class DisturbedTable extends MemoryTable {
  readonly #name: string;
  readonly #disturb: () => Disturbance;
  readonly #step: Step;

  constructor(name: string, clock: { nowMs(): number }, disturb: () => Disturbance, step: Step) {
    super(clock);
    this.#name = name;
    this.#disturb = disturb;
    this.#step = step;
  }

  override async get(partition: string, key: string): Promise<Row | undefined> {
    await this.#step();
    const row = await super.get(partition, key);
    await this.#step();
    return row;
  }

  override async *list(partition: string, range?: KeyRange): AsyncGenerator<Row> {
    await this.#step();
    const rows = await Array.fromAsync(super.list(partition, range));
    await this.#step();
    yield* rows;
  }

  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const disturbed = this.#disturb()(this.#name);
    await this.#step();
    if (disturbed === 'fail-before') throw new Crash('before the write');
    const result = await super.batch(partition, operations);
    if (result.ok) this.applied(operations);
    await this.#step();
    if (disturbed === 'fail-after') throw new Crash('after the write');
    return result;
  }

  /** Called at the moment of the effect, before anybody else can come in between. */
  protected applied(_operations: readonly Operation[]): void {}
}

/** Watches the checkpoints: no interleaving may move a cursor, a counter or a ledger back. */
class WatchedCheckpoints extends DisturbedTable {
  readonly movedBack: string[] = [];
  readonly #counted = new Map<string, number>();

  protected override applied(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { key } = operation;
      const before = this.#counted.get(key) ?? 0;
      if (operation.kind === 'delete') this.#counted.delete(key);
      else this.#counted.set(key, Number(operation.cells.pages ?? 0));
      const after = this.#counted.get(key) ?? before;
      if (after < before) this.movedBack.push(`${key}: ${before} pages, then ${after}`);
    }
  }
}

export interface WorldOptions {
  events?: number;
  trickleEventsPerMinute?: number;
  limitPerMinute?: number;
  seed?: number;
  longestPage?: number;
  /** Passes by itself when it is given; else only with what is done. */
  time?: VirtualTime;
  latencyMs?: number;
}

export function createWorld(options: WorldOptions = {}, step: Step = async () => {}) {
  let nowMs = BORN;
  let disturbance: Disturbance = () => 'none';
  let runs = 0;
  const { time, latencyMs = 200 } = options;
  const clock: Clock = time ?? {
    nowMs: () => nowMs,
    sleep: async (ms: number) => {
      nowMs += ms;
      await step();
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
    tokens: ['secret'],
    nowMs: clock.nowMs,
    ...options,
  });
  const transport: OktaTransport = {
    send: async ({ url, token }) => {
      await step();
      const headers = { authorization: token ? `SSWS ${token.reveal()}` : undefined };
      const reply = org.handle({ method: 'GET', url: url.pathname + url.search, headers });
      if (time) await time.sleep(latencyMs);
      else nowMs += latencyMs;
      await step();
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
  const checkpoints = new WatchedCheckpoints('checkpoints', clock, () => disturbance, step);
  const table = (name: string) => new DisturbedTable(name, clock, () => disturbance, step);
  const sinkStores = {
    events: table('events'),
    deadLetters: table('deadletters'),
    blobs: new MemoryBlobs(),
  };
  const counts = () => new CountReader(sinkStores, clock);
  const connectors = new Connectors(table('connectors'));
  const parts: IngestParts = {
    config: readConfig({
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      KEY_VAULT_URL: 'https://contoso.vault.azure.net',
    }),
    clock,
    storageClock: clock,
    connectors,
    status: new StatusTable(table('status')),
    checkpoints: new Checkpoints(checkpoints),
    sink: new TablesSink(sinkStores),
    runs: new Runs(table('runs')),
    vault: {
      set: async () => 'v1',
      get: async () => new Token('secret'),
      latestVersion: async () => 'v1',
      remove: async () => {},
    },
    governor: new Governor(),
    transport,
    newRunId: () => `run-${++runs}`,
  };

  return {
    org,
    parts,
    sinkStores,
    movedBack: checkpoints.movedBack,
    /** Lets time pass. */
    pass: (ms: number) => {
      nowMs += ms;
    },
    disturb: (next: Disturbance) => {
      disturbance = next;
    },
    /** Registers as `PUT` does, with everything but HTTP. */
    connect: async (change: Partial<Connector> = {}): Promise<void> => {
      const connector = aConnector({ connectedAtMs: org.nowMs(), ...change });
      await connectors.claim(connector);
      await bringForward(parts, { isActive: async () => false, start: async () => {} }, connector);
    },
    poll: () => pollConnector(parts, 'contoso'),
    /** One step of a worker: plan, then read. True while there is more. */
    work: async (worker = 0): Promise<boolean> => {
      const backfillId = (await parts.checkpoints.latestBackfill('contoso'))?.id ?? '';
      const ref = { connectorId: 'contoso', generation: 'g1', backfillId, worker, attempt: 0 };
      const plan = await planBackfill(parts, ref);
      if (plan.state === 'over') return false;
      const { sliceKey, openSlices } = plan;
      const slice = sliceKey === undefined ? undefined : { ...ref, sliceKey, openSlices };
      const { waitSeconds } = slice ? await ingestSlice(parts, slice) : plan;
      await clock.sleep(waitSeconds * 1000);
      return true;
    },
    requests: () => [...org.answered.values()].reduce((sum, count) => sum + count, 0),
    facts: () => parts.status.facts(aConnector()),
    live: async () => (await parts.checkpoints.live('contoso'))?.value,
    ledger: async (id = '0001') => (await parts.checkpoints.backfill('contoso', id))?.value,
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

/** Polls and works until nothing is left to do. */
export async function settle(world: World): Promise<void> {
  for (let round = 0; round < 500; round++) {
    const more = await world.work();
    const polled = await world.poll();
    if (!more && polled.kind === 'done') return;
    world.pass(polled.kind === 'again' ? polled.delaySeconds * 1000 : 61_000);
  }
  throw new Error('the world did not settle');
}
