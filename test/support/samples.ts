/** Default values, which tests change where relevant. */
import type { Connector } from '../../shared/storage/connectors.ts';
import {
  type BackfillLedger,
  type LivePosition,
  NO_COUNTS,
  type SlicePosition,
} from '../../shared/storage/positions.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const NOW = Date.parse('2026-11-23T12:00:00.000Z');
export const ORIGIN = 'https://contoso.okta.com';

export const aConnector = (change: Partial<Connector> = {}): Connector => ({
  id: 'contoso',
  displayName: 'Contoso',
  domain: 'contoso.okta.com',
  origin: ORIGIN,
  orgId: '00oContoso',
  orgUrl: ORIGIN,
  hosts: ['contoso.okta.com'],
  state: 'active',
  purging: false,
  enabled: true,
  generation: 'g1',
  registration: 1,
  revision: 1,
  secretName: 'okta-contoso-g1',
  secretVersion: 'v1',
  backfillDays: 60,
  pollIntervalSeconds: 60,
  connectedAtMs: NOW - DAY,
  createdAt: new Date(NOW - DAY).toISOString(),
  createdBy: 'functionKey',
  updatedAt: new Date(NOW - DAY).toISOString(),
  updatedBy: 'functionKey',
  ...change,
});

export const aLivePosition = (change: Partial<LivePosition> = {}): LivePosition => ({
  ...NO_COUNTS,
  generation: 'g1',
  registration: 1,
  nextUrl: `${ORIGIN}/api/v1/logs?since=2026-11-23T00%3A00%3A00.000Z&limit=1000`,
  startedAtMs: NOW - DAY,
  cursorResets: 0,
  failures: 0,
  gaps: [],
  ...change,
});

export const aSlicePosition = (change: Partial<SlicePosition> = {}): SlicePosition => ({
  ...NO_COUNTS,
  backfillId: '0001',
  worker: 0,
  mode: 'fill',
  generation: 'g1',
  nextUrl: `${ORIGIN}/api/v1/logs?since=a&until=b&limit=1000`,
  fromMs: NOW - 2 * DAY,
  toMs: NOW - DAY,
  failures: 0,
  ended: false,
  gaps: [],
  unreadable: [],
  ...change,
});

export const aLedger = (change: Partial<BackfillLedger> = {}): BackfillLedger => ({
  ...NO_COUNTS,
  backfillId: '0001',
  generation: 'g1',
  registration: 1,
  attempt: 0,
  mode: 'fill',
  state: 'Running',
  fromMs: NOW - 61 * DAY,
  toMs: NOW - DAY,
  lowMs: NOW - 61 * DAY,
  highMs: NOW - DAY,
  finished: [],
  gaps: [],
  unreadable: [],
  slicesDone: 0,
  startedAtMs: NOW - HOUR,
  ...change,
});
