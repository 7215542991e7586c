/** The stores of the built-in sink. */
import type { Blobs } from '../storage/blobs.ts';
import type { Table } from '../storage/table.ts';

export interface SinkStores {
  events: Table;
  deadLetters: Table;
  /** For raw text that exceeds the size of a row. */
  blobs: Blobs;
}
