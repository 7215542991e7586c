/** Table Storage that refuses some rows for good, as Azure does and Azurite does not. */
import { BatchRefused } from '../../shared/storage/batch-refused.ts';
import type { Operation, Table } from '../../shared/storage/table.ts';

/**
 * From now on a batch that holds such a row is refused as a whole: nothing of it happens. What is returned
 * ends that.
 */
export function refuse(
  table: Pick<Table, 'batch'>,
  isRefused: (row: Operation) => boolean,
): () => void {
  const batch = table.batch.bind(table);
  table.batch = async (partition, operations) => {
    if (operations.some(isRefused)) throw new BatchRefused('PropertyValueTooLarge');
    return await batch(partition, operations);
  };
  return () => {
    table.batch = batch;
  };
}

/** By a part of its key. */
export const named =
  (part: string) =>
  ({ key, kind }: Operation): boolean =>
    kind !== 'delete' && key.includes(part);
