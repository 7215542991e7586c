/**
 * Locks on files that the kernel frees: the end of the holder is the end of its lock, however it ends
 * (also of a killed process that nobody has reaped), and a file that is left behind means nothing.
 * They are SQLite's, which Node has on board and which are the same on every system
 * (https://www.sqlite.org/lockingv3.html). The file stays empty.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

export interface FileLock {
  release(): void;
}

const SQLITE_BUSY = 5;
const POLL_MS = 50;

/** A lock goes with its object: whatever is held is kept from the garbage collector. */
const held = new Set<DatabaseSync>();

/** Makes the file if need be. Shared locks stand beside each other, an exclusive lock stands alone. */
export function tryLock(file: string, mode: 'shared' | 'exclusive'): FileLock | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing is written: no journal is left behind.
    database.exec('PRAGMA journal_mode = MEMORY');
    // A shared lock comes with the first read of a transaction.
    database.exec(mode === 'exclusive' ? 'BEGIN EXCLUSIVE' : 'BEGIN; SELECT 1 FROM sqlite_schema');
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY) return undefined;
    throw error;
  }
  held.add(database);
  return {
    release: () => {
      if (held.delete(database)) database.close();
    },
  };
}

/** Waits for the lock; undefined when the holders still have it after `waitMs`. */
export async function lockWithin(
  waitMs: number,
  file: string,
  mode: 'shared' | 'exclusive',
): Promise<FileLock | undefined> {
  const deadlineMs = Date.now() + waitMs;
  for (;;) {
    const lock = tryLock(file, mode);
    if (lock || Date.now() > deadlineMs) return lock;
    await delay(POLL_MS);
  }
}
