/** The input of each contestant. */
export interface ContestInput {
  connectionString: string;
  origin: string;
  events: number;
}
