/** How much a run of the bench measures. */

/** Called with what is being measured. */
export type Doing = (what: string) => void;

export interface Scale {
  /** Events of the large backfill, and of the backfill that it is compared with. */
  large: number;
  small: number;
  /** Events and rounds of the contests between the product, the plain loop and the ceiling. */
  contest: number;
  rounds: number;
  /** Events of the contest with slow pages. */
  slowOkta: number;
  /** Virtual minutes of a steady state. */
  minutes: number;
  /** Rings of an event hook. */
  rings: number;
  /**
   * Whether the scale is that of the targets: otherwise figures that depend on it are not judged.
   */
  isWhole: boolean;
}

export const FULL: Scale = {
  large: 1_000_000,
  small: 100_000,
  contest: 100_000,
  rounds: 3,
  slowOkta: 100_000,
  minutes: 60,
  rings: 24,
  isWhole: true,
};
/** Under two minutes. */
export const QUICK: Scale = {
  large: 40_000,
  small: 20_000,
  contest: 15_000,
  rounds: 1,
  slowOkta: 15_000,
  minutes: 15,
  rings: 4,
  isWhole: false,
};
