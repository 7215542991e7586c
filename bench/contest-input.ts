/** The input of each contestant. */
export interface ContestInput {
  connectionString: string;
  origin: string;
  events: number;
}

/** Further figures of a contestant. */
export interface Measured {
  events: number;
  /** Operations per poll. */
  tableOperations?: number;
  queueOperations?: number;
  /** In intervals. */
  longestGap?: number;
}
