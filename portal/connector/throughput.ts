/** Events a second of a running backfill: the difference of two reads, smoothed. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Backfill } from '../api/types.ts';

/** The share of the newest measurement. */
const WEIGHT = 0.3;

export function useEventsPerSecond(backfill: Backfill | null): number | undefined {
  const last = useRef<{ id: string; events: number; atMs: number }>();
  const [perSecond, setPerSecond] = useState<number>();
  const { id, events, state } = backfill ?? { id: '', events: 0, state: 'NotStarted' };
  useEffect(() => {
    const atMs = performance.now();
    const before = last.current;
    last.current = { id, events, atMs };
    if (state !== 'Running' || before?.id !== id) return setPerSecond(undefined);
    const measured = ((events - before.events) * 1000) / (atMs - before.atMs);
    setPerSecond((smooth) => (smooth ?? measured) * (1 - WEIGHT) + measured * WEIGHT);
  }, [id, events, state]);
  return perSecond === undefined ? undefined : Math.round(perSecond);
}
