/**
 * Loaded first (`--import`) in each child process of `npm start`: the data directory stays taken until
 * this process is gone, too. What comes after waits until the parent has said that it still lives, so
 * that no child of a dead `npm start` begins to work beside the next one.
 */
import { HELD } from './data-dir.ts';
import { tryLock } from './file-lock.ts';

const file = process.env.CHILDREN_LOCK_FILE;
if (file && process.send) {
  // Without the lock another `npm start` is at work.
  if (!tryLock(file, 'shared')) process.exit(1);
  const answered = new Promise<void>((resolve) => process.once('message', () => resolve()));
  const orphaned = () => process.exit(1);
  process.once('disconnect', orphaned);
  process.send(HELD);
  await answered;
  process.off('disconnect', orphaned);
}
