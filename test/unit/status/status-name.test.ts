import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { StatusInputs } from '../../../shared/status/status-inputs.ts';
import { deriveStatus, lastError } from '../../../shared/status/status-name.ts';
import { aConnector, aLedger, aLivePosition, HOUR, NOW } from '../../support/samples.ts';

const error = (code: ErrorCode) => ({
  problem: { code, message: 'm' },
  atMs: NOW,
  secretVersion: 'v1',
});

/** Each condition alone, in order of precedence. */
const CONDITIONS: [string, (inputs: StatusInputs) => void][] = [
  ['Disabled', (one) => Object.assign(one.connector, { enabled: false })],
  ['ActionRequired', (one) => Object.assign(one.facts, { liveError: error('OktaTokenInvalid') })],
  ['Connecting', (one) => Object.assign(one.facts, { lastSuccessAtMs: undefined })],
  ['Disconnected', (one) => Object.assign(one.facts, { lastSuccessAtMs: NOW - 3 * HOUR })],
  [
    'Degraded',
    (one) => Object.assign(one, { backfill: { ledger: aLedger({ state: 'Failed' }), open: [] } }),
  ],
  ['Connected', () => {}],
];

const well = (): StatusInputs => ({
  connector: aConnector(),
  facts: { lastSuccessAtMs: NOW, caughtUp: true },
  rate: {},
  live: aLivePosition({ caughtUpAtMs: NOW }),
  backfill: undefined,
  earlier: [],
  unreadableKeys: [],
  storageTakesWrites: true,
  nowMs: NOW,
});
const nameAfter = (...applied: ((inputs: StatusInputs) => void)[]) => {
  const inputs = well();
  for (const apply of applied) apply(inputs);
  return deriveStatus(inputs).name;
};

describe('the name of a status', () => {
  it.each(CONDITIONS)('is %s on its condition alone', (name, apply) => {
    expect(nameAfter(apply)).toBe(name);
  });

  it.each(
    CONDITIONS.flatMap(([name, apply], n) =>
      CONDITIONS.slice(n + 1)
        // The first condition requires that no success exists, the other an old success.
        .filter(([weaker]) => !(name === 'Connecting' && weaker === 'Disconnected'))
        .map(([weaker, other]) => ({ name, weaker, apply, other })),
    ),
  )('is $name even when it could be $weaker as well', ({ name, apply, other }) => {
    expect(nameAfter(apply, other)).toBe(name);
    expect(nameAfter(other, apply)).toBe(name);
  });

  it.each<ErrorCode>([
    'OktaTokenInvalid',
    'OktaPermissionDenied',
    'OktaDomainNotFound',
    'NotAnOktaOrg',
  ])('is ActionRequired for %s, which an operator must repair', (code) => {
    const inputs = { ...well(), facts: { lastSuccessAtMs: NOW, liveError: error(code) } };
    expect(deriveStatus(inputs)).toEqual({ name: 'ActionRequired', reason: code });
  });

  it.each<ErrorCode>(['OktaThrottled', 'OktaServerError', 'OktaTimeout', 'OktaUnreachable'])(
    'stays Connected for %s, which is temporary',
    (code) => {
      const facts = { lastSuccessAtMs: NOW, caughtUp: true, liveError: error(code) };
      expect(deriveStatus({ ...well(), facts }).name).toBe('Connected');
    },
  );

  it('is Degraded while storage accepts no writes, because no run can report it', () => {
    const inputs = { ...well(), storageTakesWrites: false };
    expect(deriveStatus(inputs)).toEqual({ name: 'Degraded', reason: 'StorageUnavailable' });
    expect(lastError(inputs)).toMatchObject({ problem: { code: 'StorageUnavailable' } });
  });
});
