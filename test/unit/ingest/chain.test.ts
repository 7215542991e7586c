import { beforeEach, describe, expect, it } from 'vitest';
import { Chain } from '../../../shared/ingest/chain.ts';
import { Checkpoints, creation } from '../../../shared/storage/checkpoints.ts';
import { LEASE_MS } from '../../../shared/storage/lease.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { aLivePosition, NOW } from '../../support/samples.ts';

let nowMs = NOW;
const clock = { nowMs: () => nowMs, sleep: async () => {} };
beforeEach(() => {
  nowMs = NOW;
});

/** Sends each commit twice, like a storage client that lost the first reply. */
class RepliesLost extends Checkpoints {
  override async commit(...given: Parameters<Checkpoints['commit']>) {
    await super.commit(...given);
    return await super.commit(...given);
  }
}

async function chains(checkpoints: Checkpoints) {
  await checkpoints.commit('contoso', [creation('live', aLivePosition())]);
  const take = (holder: string) =>
    Chain.take('contoso', { checkpoints, clock }, holder, () => checkpoints.live('contoso'));
  return { take, stored: async () => (await checkpoints.live('contoso'))?.value };
}

describe('a chain', () => {
  it('continues when the reply to its own write was lost, and counts the write once', async () => {
    const { take, stored } = await chains(new RepliesLost(new MemoryTable(clock)));
    const chain = await take('one');
    expect(await chain?.advance({ nextUrl: 'second' }, { pages: 1 })).toBe(true);
    expect(await chain?.advance({ nextUrl: 'third' }, { pages: 1 })).toBe(true);
    expect(await stored()).toMatchObject({ nextUrl: 'third', pages: 2, leaseHolder: 'one' });
  });

  it('is not given to a second run while its lease is valid', async () => {
    const { take } = await chains(new Checkpoints(new MemoryTable(clock)));
    expect(await take('one')).toBeDefined();
    expect(await take('two')).toBeUndefined();
  });

  it('cannot be written by a run whose lease has expired after another run has moved it', async () => {
    const checkpoints = new Checkpoints(new MemoryTable(clock));
    const { take, stored } = await chains(checkpoints);
    const late = await take('late');
    nowMs += LEASE_MS + 1;
    const other = await take('other');
    expect(await other?.advance({ nextUrl: 'other' })).toBe(true);
    expect(await late?.advance({ nextUrl: 'late' })).toBe(false);
    expect(await stored()).toMatchObject({ nextUrl: 'other', leaseHolder: 'other' });
  });
});
