/** The result of an operation: its value, or the problem for its caller. */
import type { Problem } from './errors.ts';

export interface Refusal {
  ok: false;
  problem: Problem;
}

export type Result<T> = { ok: true; value: T } | Refusal;

export const succeeded = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const refused = (problem: Problem): Refusal => ({ ok: false, problem });
