/** What each side of the contest is given. */
export interface ContestInput {
  connectionString: string;
  origin: string;
  events: number;
}
