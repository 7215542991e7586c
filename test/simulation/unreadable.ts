/** Rows that cannot be read and that sort before all others: they must not stop any work. */
import type { MemoryTable } from '../support/memory-table.ts';

export const UNREADABLE = 'aaa';

export async function leaveUnreadable(
  tables: Record<'connectors' | 'checkpoints' | 'status', MemoryTable>,
): Promise<void> {
  await tables.connectors.batch('connector', [
    { kind: 'create', key: UNREADABLE, cells: { state: 'active', hosts: 'no JSON' } },
  ]);
  const cells = { dueAtMs: 'soon', liveError: 'null', backfillError: '{', healthCheck: '[]' };
  await tables.checkpoints.batch(UNREADABLE, [{ kind: 'create', key: 'facts_g.1_status', cells }]);
  await tables.status.batch('due', [{ kind: 'create', key: UNREADABLE, cells: { dueAtMs: 0n } }]);
}
