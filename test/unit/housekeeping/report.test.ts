/** The log lines about connectors (docs/monitoring.md, "Log lines"). */
import { beforeEach, describe, expect, it } from 'vitest';
import { report } from '../../../shared/housekeeping/report.ts';
import { LOG_LINES, type LogLine, type LogLineKind, logLine } from '../../../shared/log-lines.ts';
import { aConnector } from '../../support/samples.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const HOUR = 3_600_000;
let world: World;
beforeEach(async () => {
  world = createWorld({ events: 50 });
  await world.connect({ backfillDays: 1 });
});

async function told<K extends LogLineKind>(kind: K) {
  const lines: LogLine[] = [];
  await report(
    world.deps,
    async () => 3,
    (line) => void lines.push(LOG_LINES[line.kind].parse(JSON.parse(logLine(line))) as LogLine),
  );
  return lines.filter((line) => line.kind === kind);
}

describe('a round of housekeeping', () => {
  it('logs the totals of all connectors', async () => {
    await settle(world);
    const live = await world.live();
    const ledger = await world.ledger();
    expect(await told('summary')).toEqual([
      {
        kind: 'summary',
        connectors: 1,
        byStatus: { Connected: 1 },
        maxLagSeconds: expect.any(Number),
        events: (live?.events ?? 0) + (ledger?.events ?? 0),
        requests: (live?.requests ?? 0) + (ledger?.requests ?? 0),
        throttled: 0,
        deadLetters: 0,
        poison: 3,
        stuckBackfills: 0,
        unreadableRows: 0,
      },
    ]);
    expect(live?.events).toBeGreaterThan(0);
  });

  it('logs no line for a healthy connector', async () => {
    await settle(world);
    expect(await told('connector')).toEqual([]);
  });

  it('logs the problem of a connector, and its lag', async () => {
    await settle(world);
    world.pass(5 * HOUR);
    const [line] = await told('connector');
    expect(line).toMatchObject({ id: 'contoso', status: 'Disconnected', reason: 'noSuccess' });
    expect((await told('summary'))[0]).toMatchObject({ byStatus: { Disconnected: 1 } });
    expect(line).toMatchObject({ lagSeconds: expect.toSatisfy((seconds) => seconds >= 5 * 3600) });
  });

  it('logs a backfill that no longer makes progress', async () => {
    await world.poll();
    world.pass(2 * HOUR - 60_000);
    await world.poll();
    expect(await told('connector')).toMatchObject([
      { backfill: 'Running', backfillIdleSeconds: expect.toSatisfy((seconds) => seconds > 3600) },
    ]);
    expect(await told('summary')).toMatchObject([{ stuckBackfills: 1 }]);
  });

  it('logs each change of a status once, and again when it could not be recorded', async () => {
    expect(await told('status')).toMatchObject([{ id: 'contoso', from: null, to: 'Connecting' }]);
    await settle(world);
    world.disturb(() => 'fail-before');
    await expect(told('status')).rejects.toThrow();
    world.disturb(() => 'none');
    expect(await told('status')).toEqual([
      { kind: 'status', id: 'contoso', from: 'Connecting', to: 'Connected', reason: null },
    ]);
    expect(await told('status')).toEqual([]);
  });

  it('counts dead letters, and rows that cannot be read', async () => {
    await settle(world);
    const { deadLetters } = world.sinkStores;
    await deadLetters.batch('contoso.g1', [{ kind: 'create', key: 'one', cells: { reason: 'x' } }]);
    await world.tables.checkpoints.batch('contoso', [
      { kind: 'put', key: 'backfill_9999', cells: { damaged: true } },
    ]);
    expect(await told('summary')).toMatchObject([{ deadLetters: 1, unreadableRows: 1 }]);
    expect(await told('connector')).toMatchObject([
      { status: 'Degraded', reason: 'unreadableRow' },
    ]);
  });

  it('logs no line for a deleted connector', async () => {
    await settle(world);
    const stored = await world.deps.connectors.get('contoso');
    await world.deps.connectors.replace(
      aConnector({ ...stored?.connector, state: 'deleted' }),
      stored?.etag ?? '',
    );
    expect(await told('summary')).toMatchObject([{ connectors: 0, byStatus: {}, events: 0 }]);
  });
});
