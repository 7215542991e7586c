import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../shared/errors.ts';
import { deriveStatus, type StatusInputs } from '../../../shared/status/derive-status.ts';
import { aConnector, aLedger, aLivePosition, HOUR, NOW } from '../../support/samples.ts';

const error = (code: ErrorCode) => ({
  problem: { code, message: 'm' },
  atMs: NOW,
  secretVersion: 'v1',
});

/** Each condition by itself, the one that counts most first. */
const CONDITIONS: [string, (sources: StatusInputs) => void][] = [
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
  counts: { asOfMs: NOW, stored: 0, deadLettered: 0, perDay: [] },
  nowMs: NOW,
});
const wordAfter = (...applied: ((sources: StatusInputs) => void)[]) => {
  const sources = well();
  for (const apply of applied) apply(sources);
  return deriveStatus(sources).word;
};

describe('the word for a status', () => {
  it.each(CONDITIONS)('is %s by itself', (word, apply) => {
    expect(wordAfter(apply)).toBe(word);
  });

  it.each(
    CONDITIONS.flatMap(([word, apply], n) =>
      CONDITIONS.slice(n + 1)
        // No first success, and a last one long ago, exclude each other.
        .filter(([weaker]) => !(word === 'Connecting' && weaker === 'Disconnected'))
        .map(([weaker, other]) => ({ word, weaker, apply, other })),
    ),
  )('is $word though it could be $weaker as well', ({ word, apply, other }) => {
    expect(wordAfter(apply, other)).toBe(word);
    expect(wordAfter(other, apply)).toBe(word);
  });

  it.each<ErrorCode>([
    'OktaTokenInvalid',
    'OktaPermissionDenied',
    'OktaDomainNotFound',
    'NotAnOktaOrg',
  ])('is ActionRequired for %s, which a person must repair', (code) => {
    const sources = { ...well(), facts: { lastSuccessAtMs: NOW, liveError: error(code) } };
    expect(deriveStatus(sources)).toEqual({ word: 'ActionRequired', reason: code });
  });

  it.each<ErrorCode>(['OktaThrottled', 'OktaServerError', 'OktaTimeout', 'OktaUnreachable'])(
    'stays Connected for %s, which passes',
    (code) => {
      const facts = { lastSuccessAtMs: NOW, caughtUp: true, liveError: error(code) };
      expect(deriveStatus({ ...well(), facts }).word).toBe('Connected');
    },
  );
});
