/** Seconds that are left of a wait; it begins again with each new cause. */
import { useEffect, useState } from 'preact/hooks';

export function useCountdown(seconds: number | undefined, cause: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    setLeft(seconds ?? 0);
    if (!seconds) return;
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    return () => clearInterval(timer);
  }, [seconds, cause]);
  return left;
}
