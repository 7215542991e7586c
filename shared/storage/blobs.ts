/** The port to Blob Storage, for what no table row can hold. */
import type { OutOfTime } from '../clock.ts';

/** Every method throws a `ProblemError` with `StorageUnavailable` when the service cannot be used. */
export interface Blobs {
  /** Writes the text under the name, over whatever was there. */
  put(name: string, text: string): Promise<void>;
  /** Throws when there is no such blob. */
  get(name: string): Promise<string>;
  /** Also when there is none. */
  remove(name: string): Promise<void>;
  /** All whose names start so; false when `outOfTime` said to leave the rest. */
  removeUnder(prefix: string, outOfTime: OutOfTime): Promise<boolean>;
}
