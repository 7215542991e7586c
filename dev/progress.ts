/** The progress of the demo connector in `npm start`: its backfill, then an occasional line. */
import { setTimeout as delay } from 'node:timers/promises';

const REFRESH_MS = 1000;
const QUIET_MS = 60_000;

/** The displayed part of the status (docs/contract.md, "Status"). */
interface Status {
  status: string;
  statusReason: string | null;
  live: { lagSeconds: number | null; events: number } | null;
  backfill: {
    state: string;
    percentComplete: number;
    events: number;
    requests: number;
    estimatedSecondsLeft: number | null;
  } | null;
  rateLimit: { limit: number | null; remaining: number | null };
  counts: { stored: number };
  lastError: { code: string; message: string; remedy: string | null } | null;
}

function progressLine({ status, backfill, live, rateLimit }: Status): string {
  const parts = [status];
  if (backfill) {
    parts.push(`backfill ${backfill.percentComplete.toFixed(1)} %`);
    parts.push(`${backfill.events.toLocaleString('en')} events`);
    parts.push(`${backfill.requests} requests`);
    if (backfill.estimatedSecondsLeft) parts.push(`about ${backfill.estimatedSecondsLeft} s left`);
  }
  if (rateLimit.limit !== null)
    parts.push(`limit ${rateLimit.remaining}/${rateLimit.limit} a minute`);
  if (live) {
    const lag = live.lagSeconds === null ? '' : `, lag ${live.lagSeconds} s`;
    parts.push(`live ${live.events.toLocaleString('en')} events${lag}`);
  }
  return parts.join(' · ');
}

export interface ProgressOptions {
  url: string;
  headers: Record<string, string>;
  startedAtMs: number;
  signal: AbortSignal;
  print: (line: string) => void;
}

/**
 * Runs until the signal. On a terminal a line is redrawn; elsewhere each notable change is a line.
 */
export async function showProgress(options: ProgressOptions): Promise<void> {
  const { url, headers, startedAtMs, signal, print } = options;
  const terminal = process.stdout.isTTY;
  const seconds = () => ((Date.now() - startedAtMs) / 1000).toFixed(1);
  let before: Status | undefined;
  let shownAtMs = 0;
  let done = false;
  while (!signal.aborted) {
    const status = await readStatus(url, headers, signal);
    if (status) {
      const line = progressLine(status);
      const connected = status.status === 'Connected' && before?.status !== 'Connected';
      if (connected) print(`Connected after ${seconds()} s`);
      if (status.lastError && status.lastError.code !== before?.lastError?.code)
        print(`${status.lastError.code}: ${status.lastError.message} ${status.lastError.remedy}`);
      if (!done && status.backfill?.state === 'Succeeded') {
        done = true;
        const { events, requests } = status.backfill;
        const perThousand = ((1000 * requests) / Math.max(1, events)).toFixed(2);
        const when = before ? `complete after ${seconds()} s` : 'was complete already';
        print(
          `Backfill ${when}: ${events.toLocaleString('en')} events, ${requests} requests (${perThousand} per 1,000 events)`,
        );
      }
      const percent = Math.floor((status.backfill?.percentComplete ?? 0) / 10);
      const noted = percent !== Math.floor((before?.backfill?.percentComplete ?? -10) / 10);
      if (terminal && !done) process.stdout.write(`\r\u001b[K${line}`);
      else if (noted || Date.now() - shownAtMs > QUIET_MS) print(line);
      if (noted || Date.now() - shownAtMs > QUIET_MS) shownAtMs = Date.now();
      before = status;
    }
    await delay(done ? QUIET_MS / 4 : REFRESH_MS, undefined, { signal }).catch(() => {});
  }
}

async function readStatus(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Status | undefined> {
  try {
    const response = await fetch(url, { headers, signal });
    return response.ok ? ((await response.json()) as Status) : undefined;
  } catch {
    return undefined;
  }
}
