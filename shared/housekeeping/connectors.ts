/**
 * Reconciles connectors: in each round those that are marked as unfinished, and a share of all, so that a
 * lost mark is found within a day (docs/architecture.md, "Unfinished work").
 */
import { type OutOfTime, timeBudget } from '../clock.ts';
import { finalSweep } from '../connectors/clean-up.ts';
import { reconcile } from '../connectors/reconcile.ts';
import type { Deps } from '../deps.ts';
import { inTurns, type Turns } from '../in-turns.ts';
import type { Mark } from '../storage/unfinished.ts';

/** The time budget of a connector: the clean-up of many events goes on in the next round. */
const CONNECTOR_BUDGET_MS = 10_000;

/** Reconciles the marked connectors, and removes the marks of those that are finished. */
export async function reconcileMarked(
  deps: Deps,
  marks: readonly Mark[],
  turns: Turns,
): Promise<string> {
  const { unfinished } = deps.connectors;
  return await inTurns(marks, turns, async (mark) => {
    const progress = await reconcile(deps, mark.id, budgetOf(deps, turns));
    if (progress === 'finished') await unfinished.remove(mark, deps.storageClock);
  });
}

/** Reconciles connectors without a mark, and marks those that are unfinished. */
export async function reconcileUnmarked(
  deps: Deps,
  ids: readonly string[],
  turns: Turns,
): Promise<string> {
  const { unfinished } = deps.connectors;
  const items = ids.map((id) => ({ id }));
  return await inTurns(items, turns, async ({ id }) => {
    let progress = 'unfinished';
    try {
      progress = await reconcile(deps, id, budgetOf(deps, turns));
    } finally {
      if (progress !== 'finished') await unfinished.mark(id);
    }
  });
}

/** Makes the final sweeps that are due. */
export async function sweep(deps: Deps, turns: Turns): Promise<string> {
  const { sweeps } = deps.connectors;
  const listed = sweeps.list((row) => turns.failed(`${row.table}/${row.key}`, row));
  const items = await Array.fromAsync(listed, (one) => ({ ...one, id: one.key }));
  return await inTurns(items, turns, (one) => finalSweep(deps, one, budgetOf(deps, turns)));
}

function budgetOf({ clock }: Deps, { outOfTime }: Turns): OutOfTime {
  const isSpent = timeBudget(clock, CONNECTOR_BUDGET_MS);
  return () => isSpent() || outOfTime();
}
