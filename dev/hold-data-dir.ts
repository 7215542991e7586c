/**
 * Loaded first (`--import`) in each child process of `npm start`: the data directory stays locked
 * until this process has ended too. The child starts its work only after a reply of its parent, so
 * that no child of a dead `npm start` works at the same time as the next `npm start`.
 */
import { HELD } from './data-dir.ts';
import { tryLock } from './file-lock.ts';

const file = process.env.CHILDREN_LOCK_FILE;
if (file && process.send) {
  // The lock is not available: another `npm start` is running.
  if (!tryLock(file, 'shared')) process.exit(1);
  const answered = new Promise<void>((resolve) => process.once('message', () => resolve()));
  const orphaned = () => process.exit(1);
  process.once('disconnect', orphaned);
  process.send(HELD);
  await answered;
  process.off('disconnect', orphaned);
}
