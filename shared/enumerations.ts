/** The enumerations that rows, replies and logic share (docs/contract.md has their meaning). */

/** The statuses of a connector, in the order of precedence (docs/contract.md, "Status"). */
export const STATUS_NAMES = [
  'Disabled',
  'ActionRequired',
  'Connecting',
  'Disconnected',
  'Degraded',
  'Connected',
] as const;
export type StatusName = (typeof STATUS_NAMES)[number];

export const LIVE_STATES = ['idle', 'running', 'throttled', 'backingOff', 'stopped'] as const;
export type LiveState = (typeof LIVE_STATES)[number];

export const BACKFILL_STATES = [
  'NotStarted',
  'Running',
  'Succeeded',
  'Failed',
  'Canceled',
] as const;

/** `verify` reads a range again and reports what was missing. */
export const BACKFILL_MODES = ['fill', 'verify'] as const;
export type BackfillMode = (typeof BACKFILL_MODES)[number];

/**
 * The reason for a gap: Okta no longer keeps the events, live polling was interrupted for too long, or
 * Okta cannot answer for the range.
 */
export const GAP_REASONS = ['retention', 'outage', 'unreadable'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** The two kinds of chains, and of the runs that move them. */
export const CHAIN_KINDS = ['live', 'backfill'] as const;
export type ChainKind = (typeof CHAIN_KINDS)[number];

/** The result of a run: end reached, out of time, waiting, throttled, failed, or lease lost. */
export const RUN_RESULTS = ['ended', 'budget', 'wait', 'throttled', 'failed', 'lost'] as const;

/** An entry that stays `started` belongs to an interrupted request. */
export const AUDIT_RESULTS = ['started', 'ok', 'refused', 'failed'] as const;

/**
 * The checks of `POST …/test`: the steps to the log of an org. `proxy` is checked only when one is
 * configured.
 */
export const CHECK_NAMES = [
  'proxy',
  'dns',
  'tls',
  'auth',
  'logsRead',
  'sinkWrite',
  'vault',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** The types of webhook deliveries. */
export const OPERATION_TYPES = [
  'connector.register',
  'connector.update',
  'connector.backfill',
  'connector.disable',
  'connector.enable',
  'connector.delete',
] as const;
export type OperationType = (typeof OPERATION_TYPES)[number];

export const HEALTH_STATES = ['ok', 'unavailable'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];
