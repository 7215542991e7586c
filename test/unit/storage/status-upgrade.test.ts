/** Facts of earlier versions are moved to the connector's partition, once. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DueIndex } from '../../../shared/storage/due-index.ts';
import { StatusRows } from '../../../shared/storage/status-facts.ts';
import { StatusUpgrade } from '../../../shared/storage/status-upgrade.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aConnector, NOW } from '../../support/samples.ts';

const EARLIER = 'contoso.g1.1';
let status: MemoryTable;
let checkpoints: MemoryTable;

beforeEach(async () => {
  status = new MemoryTable();
  checkpoints = new MemoryTable();
  const facts = { dueAtMs: BigInt(NOW), verifiedVersion: 'v1', caughtUp: true };
  await status.batch(EARLIER, [
    { kind: 'put', key: 'status', cells: facts },
    { kind: 'put', key: 'rate', cells: { limit: 60n } },
  ]);
});

const due = () => new DueIndex(status);
const upgrade = async () => await new StatusUpgrade(status, checkpoints, due()).finish();
const known = async () => await new StatusRows(checkpoints).known(aConnector());

describe('the facts of an earlier version', () => {
  it('are moved, and the connector is in the index', async () => {
    await upgrade();
    expect(await known()).toMatchObject({
      facts: { dueAtMs: NOW, verifiedVersion: 'v1', caughtUp: true },
      rate: { limit: 60 },
    });
    expect(await due().get('contoso')).toMatchObject({ dueAtMs: NOW });
    expect([...status.everything()].filter(({ partition }) => partition === EARLIER)).toEqual([]);
  });

  it('give way to facts that a run has written meanwhile', async () => {
    await new StatusRows(checkpoints).merge(aConnector(), { dueAtMs: NOW + 1 });
    await upgrade();
    expect((await known()).facts).toMatchObject({ dueAtMs: NOW + 1, verifiedVersion: 'v1' });
  });

  it('are not looked for again', async () => {
    await upgrade();
    await status.batch(EARLIER, [{ kind: 'put', key: 'rate', cells: { limit: 10n } }]);
    await upgrade();
    expect((await known()).rate).toMatchObject({ limit: 60 });
  });
});
