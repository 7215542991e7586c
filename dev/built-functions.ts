/** Prevents a build from changing functions that a host loads, or may load later. */
import fs from 'node:fs';
import path from 'node:path';
import { lockWithin } from './file-lock.ts';

/**
 * In the folder of the built functions: exclusive for a build, shared for a host that loads them.
 */
export const BUILD_LOCK = '.build.lock';
/** In the same folder: held by each host until it ends. */
export const IN_USE_LOCK = '.in-use.lock';

const WAIT_MS = 120_000;

/**
 * Loads functions while no build changes the app's `dist`. No chunk is deleted until this process ends.
 */
export async function whileUnchanged<T>(root: string, load: () => Promise<T>): Promise<T> {
  const dist = path.join(root, 'dist');
  if (!fs.existsSync(dist)) return await load();
  const inUse = await lockWithin(WAIT_MS, path.join(dist, IN_USE_LOCK), 'shared');
  const unchanged = await lockWithin(WAIT_MS, path.join(dist, BUILD_LOCK), 'shared');
  if (!inUse || !unchanged) throw new Error('A build of the functions has not ended.');
  try {
    return await load();
  } finally {
    unchanged.release();
  }
}
