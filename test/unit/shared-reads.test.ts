import { describe, expect, it } from 'vitest';
import { SharedReads } from '../../shared/shared-reads.ts';

/** A slow read that returns the value from its start. */
function slowValue() {
  const reads: (() => void)[] = [];
  let value = 0;
  return {
    set: (next: number) => {
      value = next;
    },
    begun: () => reads.length,
    finish: async (n: number) => {
      reads[n]?.();
      await new Promise(setImmediate);
    },
    read: async () => {
      const seen = value;
      await new Promise<void>((resolve) => reads.push(resolve));
      return seen;
    },
  };
}

describe('shared reads', () => {
  it('are two for a hundred callers that arrive during the first read', async () => {
    const [shared, value] = [new SharedReads(), slowValue()];
    const first = shared.share('k', value.read);
    const others = Array.from({ length: 100 }, () => shared.share('k', value.read));
    await value.finish(0);
    await value.finish(1);
    await Promise.all([first, ...others]);
    expect(value.begun()).toBe(2);
  });

  it('return no value older than the request', async () => {
    const [shared, value] = [new SharedReads(), slowValue()];
    const early = shared.share('k', value.read);
    value.set(1);
    const late = shared.share('k', value.read);
    await value.finish(0);
    await value.finish(1);
    expect([await early, await late]).toEqual([0, 1]);
  });

  it('are not shared between keys, nor after they have ended', async () => {
    const [shared, value] = [new SharedReads(), slowValue()];
    const both = [shared.share('a', value.read), shared.share('b', value.read)];
    expect(value.begun()).toBe(2);
    await value.finish(0);
    await value.finish(1);
    await Promise.all(both);
    value.set(2);
    const later = shared.share('a', value.read);
    await value.finish(2);
    expect(await later).toBe(2);
  });

  it('fail for all callers that share them, and are retried for the next caller', async () => {
    const shared = new SharedReads();
    const failing = () => Promise.reject(new Error('away'));
    const [first, second] = [shared.share('k', failing), shared.share('k', failing)];
    await expect(first).rejects.toThrow('away');
    await expect(second).rejects.toThrow('away');
    expect(await shared.share('k', async () => 'back')).toBe('back');
  });
});
