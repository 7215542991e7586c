/**
 * The closed lists of words that rows, replies and logic share: each is declared here alone
 * (docs/contract.md has their meaning).
 */

/** How a connector is, in the order of precedence (docs/contract.md, "Status"). */
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
export type BackfillState = (typeof BACKFILL_STATES)[number];

/** `verify` reads a range again and reports what was missing. */
export const BACKFILL_MODES = ['fill', 'verify'] as const;
export type BackfillMode = (typeof BACKFILL_MODES)[number];

/** Why time cannot be complete: Okta keeps no events so old, or live could not read for too long. */
export const GAP_REASONS = ['retention', 'outage'] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** The two kinds of chains, and of the runs that move them. */
export const CHAIN_KINDS = ['live', 'backfill'] as const;
export type ChainKind = (typeof CHAIN_KINDS)[number];

/** How a run ended: at the end of what there was, out of time, told to wait, or not well. */
export const RUN_RESULTS = ['ended', 'budget', 'wait', 'throttled', 'failed', 'lost'] as const;

/** A record that stays `started` was cut off. */
export const AUDIT_RESULTS = ['started', 'ok', 'refused', 'failed'] as const;

/** The steps between this app and the log of an org that a test looks at. */
export const CHECK_NAMES = ['dns', 'tls', 'auth', 'logsRead', 'sinkWrite', 'vault'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** What a webhook delivery may ask for. */
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
