/** The port to Blob Storage, for texts that exceed a table row. */
import type { OutOfTime } from '../clock.ts';

/**
 * Every method throws a `ProblemError` with `StorageUnavailable` when the service cannot be used.
 */
export interface Blobs {
  /** Writes the text under the name; replaces an existing blob. */
  put(name: string, text: string): Promise<void>;
  /** Undefined for a missing blob. */
  get(name: string): Promise<string | undefined>;
  /** Succeeds also for a missing blob. */
  remove(name: string): Promise<void>;
  /** Deletes the blobs whose names start with the prefix; false when it ran out of time. */
  removeUnder(prefix: string, outOfTime: OutOfTime): Promise<boolean>;
}
