/**
 * File locks that the kernel releases when the holder ends in any way, also as a killed process
 * that is not reaped yet. A remaining file has no meaning. The locks are SQLite's, which is part of
 * Node and works the same on every system (https://www.sqlite.org/lockingv3.html). The file stays
 * empty.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

export interface FileLock {
  release(): void;
}

const SQLITE_BUSY = 5;
const POLL_MS = 50;

/** A lock ends with its object: held locks are referenced here, so that they are not collected. */
const held = new Set<DatabaseSync>();

/**
 * Creates the file if needed. Several shared locks can be held at once, an exclusive lock only
 * alone.
 */
export function tryLock(file: string, mode: 'shared' | 'exclusive'): FileLock | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // No data is written, so no journal remains.
    database.exec('PRAGMA journal_mode = MEMORY');
    // The first read of a transaction takes the shared lock.
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

/** Waits for the lock; undefined when it is still held after `waitMs`. */
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
