import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import { Audit } from '../../../shared/storage/audit.ts';
import { newestFirst } from '../../../shared/storage/newest-first.ts';
import type { BatchResult, Operation } from '../../../shared/storage/table.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { NOW } from '../../support/samples.ts';

const MINUTE = 60_000;
/** The start of a minute. */
const START = NOW - (NOW % MINUTE);

class FailingTable extends MemoryTable {
  fails = false;
  writes = 0;
  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    if (this.fails) throw new Error('storage is away');
    this.writes++;
    return await super.batch(partition, operations);
  }
}

let table: FailingTable;
beforeEach(() => {
  table = new FailingTable();
});

/** Like any instance of the app: instances keep no state of their own. */
const refuse = (atMs: number, code: ErrorCode = 'Unauthorized') =>
  new Audit(table).countByMinute({
    atMs,
    caller: 'unknown',
    action: 'webhook.portal',
    result: 'refused',
    code,
  });
/** Oldest first: seconds after the start, and the details besides caller, action and reason. */
const recorded = async () => {
  const entries = await Array.fromAsync(new Audit(table).list());
  return entries.reverse().map(({ key: _, atMs, code, detail, ...entry }) => {
    expect(entry).toEqual({ caller: 'unknown', action: 'webhook.portal', result: 'refused' });
    return [(atMs - START) / 1000, code, detail];
  });
};

describe('refusals of unknown callers', () => {
  it('are recorded at once', async () => {
    await refuse(START + 59_999);
    expect(await recorded()).toEqual([[0, 'Unauthorized', '1 in this minute']]);
  });

  it('are combined by minute and kind', async () => {
    for (let n = 0; n < 20; n++) await refuse(START + n * 2000);
    await refuse(START + 5000, 'PayloadTooLarge');
    for (let n = 0; n < 5; n++) await refuse(START + MINUTE);
    expect((await recorded()).toSorted()).toEqual([
      [0, 'PayloadTooLarge', '1 in this minute'],
      [0, 'Unauthorized', '20 in this minute'],
      [60, 'Unauthorized', '5 in this minute'],
    ]);
  });

  it('are counted when several instances record them concurrently', async () => {
    await Promise.all([refuse(START), refuse(START), refuse(START), refuse(START)]);
    expect(await recorded()).toEqual([[0, 'Unauthorized', '4 in this minute']]);
  });

  it('cost no more writes after a thousand within a minute', async () => {
    for (let n = 0; n < 1100; n++) await refuse(START);
    expect(table.writes).toBe(1000);
    expect(await recorded()).toEqual([[0, 'Unauthorized', '1000 or more in this minute']]);
  });

  it('are not answered without a record: each reports that storage is unavailable', async () => {
    table.fails = true;
    await expect(refuse(START)).rejects.toThrow('storage is away');
    await expect(refuse(START)).rejects.toThrow('storage is away');
    table.fails = false;
    await refuse(START);
    expect(await recorded()).toEqual([[0, 'Unauthorized', '1 in this minute']]);
  });
});

describe('the audit over months', () => {
  const DAY = 86_400_000;
  const HOUR = 3_600_000;
  const forever = () => false;
  const entry = (atMs: number) => ({ atMs, caller: 'ada', action: 'connector.put' });
  const hours = async (after?: string) =>
    (await Array.fromAsync(new Audit(table).list(after))).map(({ atMs }) => (NOW - atMs) / HOUR);
  const partitions = () => new Set([...table.everything()].map(({ partition }) => partition));

  /** An entry in the format of an earlier version, with a single partition. */
  const wroteOld = async (atMs: number) => {
    const key = `${newestFirst(atMs)}_old`;
    const cells = { ...entry(atMs), atMs: BigInt(atMs), result: 'ok' };
    await table.batch('audit', [{ kind: 'put', key, cells }]);
  };

  beforeEach(async () => {
    const audit = new Audit(table);
    for (const days of [400, 370, 100, 35, 1, 0])
      await audit.complete(await audit.begin(entry(NOW - days * DAY), `r${days}`), {
        result: 'ok',
      });
    await wroteOld(NOW - 410 * DAY);
    await wroteOld(NOW - 401 * DAY);
  });

  it('has a partition for each month, and is listed newest first across months', async () => {
    expect(partitions().size).toBeGreaterThanOrEqual(6);
    expect((await hours()).map((ago) => ago / 24)).toEqual([0, 1, 35, 100, 370, 400, 401, 410]);
  });

  it('continues after any entry, of a month or of the old partition', async () => {
    const keys = (await Array.fromAsync(new Audit(table).list())).map(({ key }) => key);
    const all = await hours();
    for (const [n, key] of keys.entries()) expect(await hours(key)).toEqual(all.slice(n + 1));
  });

  it('deletes entries after their time, and nothing else', async () => {
    expect(await new Audit(table).deleteBefore(NOW - 400.5 * DAY, forever)).toBe(true);
    expect((await hours()).map((ago) => ago / 24)).toEqual([0, 1, 35, 100, 370, 400]);
    expect(await new Audit(table).deleteBefore(NOW - 30 * DAY, forever)).toBe(true);
    expect((await hours()).map((ago) => ago / 24)).toEqual([0, 1]);
  });

  it('continues in the next run when its time budget is spent', async () => {
    expect(await new Audit(table).deleteBefore(NOW, () => true)).toBe(false);
    expect(await hours()).toHaveLength(8);
  });
});
