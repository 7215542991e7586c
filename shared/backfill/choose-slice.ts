/**
 * Chooses the open slice that a worker reads next (pure): its own slice, or a slice that no other
 * worker is about to read.
 */
import type { Stored } from '../storage/checkpoints.ts';
import { isLeased } from '../storage/lease.ts';
import type { SlicePosition } from '../storage/positions.ts';

export interface Slots {
  /** Number of workers that the limit allows. */
  started: number;
  /**
   * Number of workers that may read in parallel now: lowered while Okta reports too many concurrent
   * requests.
   */
  reading: number;
}

export type Choice =
  | { kind: 'read'; slice: Stored<SlicePosition> }
  /** The slice's own worker may not read now, or has another slice to read first. */
  | { kind: 'takeOver'; slice: Stored<SlicePosition> }
  | { kind: 'wait'; waitSeconds: number }
  /** No open slice is available to this worker. `mayOpen` says whether it may open a new slice. */
  | { kind: 'none'; mayOpen: boolean; otherwise?: Choice };

const ASIDE_SECONDS = 60;
/** Timers end up to a second early. */
const DUE_TOLERANCE_MS = 2_000;
/**
 * A worker whose slice has failed for this long tries another slice. If that succeeds, Okta has no
 * outage.
 */
const STUCK_AFTER_MS = 10 * 60_000;
const SET_BACK_MS = 2 * 60_000;

export function chooseSlice(
  all: readonly Stored<SlicePosition>[],
  worker: number,
  slots: Slots,
  nowMs: number,
): Choice {
  const open = all.filter(({ value }) => !value.ended);
  const isActive = (one: number) => one < slots.started && rankOf(one, open, slots) < slots.reading;
  if (worker >= slots.started) return { kind: 'none', mayOpen: false };
  const own = open.filter(({ value }) => value.worker === worker);
  if (own.length > 0 && !isActive(worker)) return { kind: 'wait', waitSeconds: ASIDE_SECONDS };

  const isDue = ({ value: { retryAtMs = 0 } }: Stored<SlicePosition>) =>
    retryAtMs <= nowMs + DUE_TOLERANCE_MS;
  const failing = own.filter(({ value }) => value.failures > 0);
  const due = failing.find(isDue);
  const next: Choice | undefined = due
    ? { kind: 'read', slice: due }
    : failing.length > 0
      ? { kind: 'wait', waitSeconds: secondsToRetry(failing, nowMs) }
      : undefined;
  if (next && !isSetBack(failing, nowMs)) return next;
  const fresh = own.find(({ value }) => value.failures === 0);
  if (fresh) return { kind: 'read', slice: fresh };

  const free = open.findLast(
    (one) =>
      one.value.worker !== worker &&
      isDue(one) &&
      !isLeased(one.value, nowMs) &&
      (!isActive(one.value.worker) || firstOf(one.value.worker, open) !== one),
  );
  const readers = readersOf(open, slots).filter((one) => one !== worker).length;
  const mayOpen = readers < slots.reading;
  if (free && mayOpen) return { kind: 'takeOver', slice: free };
  return { kind: 'none', mayOpen, ...(next ? { otherwise: next } : {}) };
}

/** The workers that read in parallel. */
export function readersOf(open: readonly Stored<SlicePosition>[], slots: Slots): number[] {
  const workers = new Set(
    open.filter(({ value }) => !value.ended).map(({ value }) => value.worker),
  );
  return [...workers].filter(
    (one) => one < slots.started && rankOf(one, open, slots) < slots.reading,
  );
}

/** Number of workers that come before this worker, of those that have a slice to read. */
const rankOf = (
  worker: number,
  open: readonly Stored<SlicePosition>[],
  { started }: Slots,
): number =>
  new Set(
    open
      .filter(({ value }) => !value.ended)
      .map(({ value }) => value.worker)
      .filter((one) => one < worker && one < started),
  ).size;

const firstOf = (worker: number, open: readonly Stored<SlicePosition>[]) =>
  open.find(({ value }) => value.worker === worker);

/**
 * The worker's only failing slice has failed for a long time. The worker reads other slices first: the
 * result shows whether Okta or this time range is at fault.
 */
function isSetBack([first, ...others]: readonly Stored<SlicePosition>[], nowMs: number): boolean {
  const { failingSinceMs = nowMs, retryAtMs = 0 } = first?.value ?? {};
  if (others.length > 0 || nowMs - failingSinceMs < STUCK_AFTER_MS) return false;
  return nowMs - retryAtMs < SET_BACK_MS;
}

const secondsToRetry = (failing: readonly Stored<SlicePosition>[], nowMs: number): number =>
  Math.ceil((Math.min(...failing.map(({ value }) => value.retryAtMs ?? 0)) - nowMs) / 1000);
