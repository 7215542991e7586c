/** Where the built-in sink keeps what it is given. */
import type { Blobs } from '../storage/blobs.ts';
import type { Table } from '../storage/table.ts';

export interface SinkStores {
  events: Table;
  deadLetters: Table;
  /** For raw text that no row can hold. */
  blobs: Blobs;
}
