/** A Table Storage that refuses some rows permanently, like Azure and unlike Azurite. */
import { BatchRefused } from '../../shared/storage/batch-refused.ts';
import type { Operation, Table } from '../../shared/storage/table.ts';

/**
 * From now on, a batch with such a row is refused as a whole and without effect. The returned function
 * ends this.
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

/** Matches rows by a part of their key. */
export const named =
  (part: string) =>
  ({ key, kind }: Operation): boolean =>
    kind !== 'delete' && key.includes(part);
