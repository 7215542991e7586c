import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { areBackfillsFinished } from '../../../shared/backfill/finished.ts';
import type { Connector } from '../../../shared/storage/connectors.ts';
import type { BackfillLedger, SlicePosition } from '../../../shared/storage/positions.ts';
import { WRITES_FOR_MS } from '../../../shared/storage/unfinished.ts';
import { aConnector, aLedger, aSlicePosition, DAY, HOUR, NOW } from '../../support/samples.ts';

const ENDED = aLedger({ state: 'Succeeded', endedAtMs: NOW - HOUR });
const LATER = { ...ENDED, backfillId: '0002' };
const unreadable = [{ fromMs: NOW - 3 * DAY, toMs: NOW - 2 * DAY }];

const isFinished = (
  ledgers: BackfillLedger[],
  slices: SlicePosition[] = [],
  change: Partial<Connector> = {},
) => areBackfillsFinished(aConnector(change), { ledgers, slices }, NOW);

describe('no work is left on the backfills of a connector', () => {
  it.each<[string, BackfillLedger[]]>([
    ['that has read its range', [ENDED]],
    ['whose backfill was canceled', [{ ...ENDED, state: 'Canceled' }]],
    [
      'with an earlier verify that failed',
      [{ ...ENDED, state: 'Failed', mode: 'verify', unreadable }, ENDED, LATER],
    ],
    [
      'with a failed backfill of an earlier registration',
      [{ ...ENDED, state: 'Failed', unreadable, registration: 0 }, LATER],
    ],
  ])('%s', (_what, ledgers) => {
    expect(isFinished(ledgers)).toBe(true);
  });
});

describe('work is left on the backfills of a connector', () => {
  it.each<[string, BackfillLedger[]]>([
    ['without a backfill', []],
    ['whose backfill runs', [aLedger()]],
    ['whose earlier backfill runs again', [aLedger(), LATER]],
    ['whose backfill has set ranges aside', [{ ...ENDED, state: 'Failed', unreadable }]],
    [
      'whose earlier backfill has set ranges aside',
      [{ ...ENDED, state: 'Failed', unreadable }, LATER],
    ],
    [
      'whose backfill ended while a run may still write',
      [{ ...ENDED, endedAtMs: NOW - WRITES_FOR_MS }],
    ],
  ])('%s', (_what, ledgers) => {
    expect(isFinished(ledgers)).toBe(false);
  });

  it('whose cancel was interrupted before all slices were folded', () => {
    expect(isFinished([{ ...ENDED, state: 'Canceled' }], [aSlicePosition()])).toBe(false);
  });

  it('whose range was extended', () => {
    expect(isFinished([ENDED], [], { backfillDays: 61 })).toBe(false);
  });
});

it('a function that has begun cannot write for longer than its time-out', () => {
  const { functionTimeout } = JSON.parse(readFileSync('host.json', 'utf8'));
  const [hours, minutes, seconds] = functionTimeout.split(':').map(Number);
  expect(WRITES_FOR_MS).toBeGreaterThan(((hours * 60 + minutes) * 60 + seconds) * 1000);
});
