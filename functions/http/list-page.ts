/** A page of a list that is read for a bounded time (docs/contract.md, "Lists"). */
import { type Clock, timeBudget } from '../../shared/clock.ts';

const SCAN_BUDGET_MS = 10_000;

export interface Page<T> {
  items: T[];
  /** The key of the last item, where the next page continues; absent on the last page. */
  next?: string;
}

/**
 * At most `top` matching items. When the time budget ends first, the page is short or empty, and
 * more items may follow.
 */
export async function takePage<T extends { key: string }>(
  all: AsyncIterable<T>,
  top: number,
  clock: Pick<Clock, 'nowMs'>,
  wanted: (item: T) => boolean = () => true,
): Promise<Page<T>> {
  const outOfTime = timeBudget(clock, SCAN_BUDGET_MS);
  const items: T[] = [];
  let next = '';
  for await (const item of all) {
    if (wanted(item)) {
      if (items.length === top) return { items, next };
      items.push(item);
    }
    next = item.key;
    if (outOfTime()) return { items, next };
  }
  return { items };
}

/** A list whose items are already JSON text: their raw events must stay exactly as Okta sent them. */
export function listOfTexts(
  items: readonly string[],
  nextLink: string | undefined,
  more: object = {},
) {
  const rest = JSON.stringify({ ...more, nextLink }).slice(1);
  return {
    body: `{"value":[${items.join(',')}]${rest === '}' ? '' : ','}${rest}`,
    headers: { 'Content-Type': 'application/json' },
  };
}
