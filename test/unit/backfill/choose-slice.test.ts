import { describe, expect, it } from 'vitest';
import { chooseSlice } from '../../../shared/backfill/choose-slice.ts';
import type { Stored } from '../../../shared/storage/checkpoints.ts';
import type { SlicePosition } from '../../../shared/storage/positions.ts';
import { aSlicePosition, HOUR, NOW } from '../../support/samples.ts';

const MINUTE = 60_000;
const FOUR = { started: 4, reading: 4 };
const open = (n: number, change: Partial<SlicePosition> = {}): Stored<SlicePosition> => ({
  key: `slice_${n}`,
  etag: '',
  storedAtMs: 0,
  value: aSlicePosition({ worker: n, ...change }),
});
const failing = (change: Partial<SlicePosition> = {}) => ({
  failures: 9,
  failingSinceMs: NOW - HOUR,
  ...change,
});

describe('a worker', () => {
  it('reads its own slice first, and opens a new slice when it has none', () => {
    const own = open(0);
    expect(chooseSlice([own, open(1)], 0, FOUR, NOW)).toEqual({ kind: 'read', slice: own });
    expect(chooseSlice([open(1)], 0, FOUR, NOW)).toEqual({ kind: 'none', mayOpen: true });
  });

  it('takes over a slice whose worker may not read, or has another slice to read first', () => {
    const [other, second] = [open(3), { ...open(3), key: 'slice_4' }];
    const few = { started: 1, reading: 1 };
    expect(chooseSlice([other], 0, few, NOW)).toEqual({ kind: 'takeOver', slice: other });
    expect(chooseSlice([other, second], 0, FOUR, NOW)).toEqual({ kind: 'takeOver', slice: second });
  });

  it('does not read while as many workers read as the limit allows', () => {
    const slots = { started: 4, reading: 1 };
    const all = [open(0), open(1)];
    expect(chooseSlice(all, 1, slots, NOW)).toEqual({ kind: 'wait', waitSeconds: 60 });
    expect(chooseSlice([open(1)], 1, slots, NOW).kind).toBe('read');
  });

  it('waits for its failed slice, unless it has failed for a long time: then it reads other slices first', () => {
    const later = { retryAtMs: NOW + MINUTE };
    const short = open(0, failing({ failingSinceMs: NOW - MINUTE, ...later }));
    expect(chooseSlice([short], 0, FOUR, NOW)).toEqual({ kind: 'wait', waitSeconds: 60 });
    const long = open(0, failing(later));
    const fresh = { ...open(0), key: 'slice_4' };
    expect(chooseSlice([long, fresh], 0, FOUR, NOW)).toEqual({ kind: 'read', slice: fresh });
    expect(chooseSlice([long], 0, FOUR, NOW)).toMatchObject({ kind: 'none', mayOpen: true });
  });

  it('reads at once the remainder of a slice that has failed for a long time', () => {
    const rest = open(0, failing());
    expect(chooseSlice([rest], 0, FOUR, NOW)).toEqual({ kind: 'read', slice: rest });
  });
});
