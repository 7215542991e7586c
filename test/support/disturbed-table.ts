/** An in-memory table whose writes can fail, before or after their effect. */
import type { BatchResult, Operation } from '../../shared/storage/table.ts';
import { type Change, MemoryTable } from './memory-table.ts';

type Failure = 'none' | 'fail-before' | 'fail-after';
/** Called before a table writes. */
export type Disturbance = (table: string) => Failure;

export class Crash extends Error {}

export class DisturbedTable extends MemoryTable {
  readonly #disturb: () => Failure;

  constructor(
    clock: { nowMs(): number },
    disturb: () => Failure,
    applied?: (changes: readonly Change[]) => void,
  ) {
    super(clock, applied);
    this.#disturb = disturb;
  }

  override async batch(partition: string, operations: readonly Operation[]): Promise<BatchResult> {
    const failure = this.#disturb();
    if (failure === 'fail-before') throw new Crash('before the write');
    const result = await super.batch(partition, operations);
    if (failure === 'fail-after') throw new Crash('after the write');
    return result;
  }
}
