/** Rows that cannot be read and that sort before all others: they must not stop any work. */
import type { MemoryTable } from '../support/memory-table.ts';

export const UNREADABLE = { connector: 'aaa', status: 'aaa.g.1' };

export async function leaveUnreadable(
  tables: Record<'connectors' | 'status', MemoryTable>,
): Promise<void> {
  const { connector, status } = UNREADABLE;
  await tables.connectors.batch('connector', [
    { kind: 'create', key: connector, cells: { state: 'active', hosts: 'no JSON' } },
  ]);
  const cells = { dueAtMs: 'soon', liveError: 'null', backfillError: '{', healthCheck: '[]' };
  await tables.status.batch(status, [{ kind: 'create', key: 'status', cells }]);
}
