import { describe, expect, it } from 'vitest';
import { type Page, takePage } from '../../../functions/http/list-page.ts';

const KEYS = Array.from({ length: 100 }, (_, n) => String(n).padStart(3, '0'));

/** A list whose rows take this long to read. */
function listOf(msPerRow: number) {
  let nowMs = 0;
  let read = 0;
  async function* behind(after: string) {
    for (const key of KEYS.filter((one) => one > after)) {
      nowMs += msPerRow;
      read++;
      yield { key };
    }
  }
  return { behind, clock: { nowMs: () => nowMs }, read: () => read };
}

/** Reads all pages by following nextLink. */
async function pagesOf(msPerRow: number, top: number, wanted: (key: string) => boolean) {
  const { behind, clock } = listOf(msPerRow);
  const pages: string[][] = [];
  let after: string | undefined = '';
  while (after !== undefined && pages.length < 1000) {
    const page: Page<{ key: string }> = await takePage(behind(after), top, clock, ({ key }) =>
      wanted(key),
    );
    pages.push(page.items.map(({ key }) => key));
    after = page.next;
  }
  return pages;
}

describe('a page of a list', () => {
  it('holds as many items as requested, and the last page is marked as the last', async () => {
    const pages = await pagesOf(0, 25, () => true);
    expect(pages).toHaveLength(4);
    expect(pages.flat()).toEqual(KEYS);
  });

  it('holds only matching items, and links to all of them', async () => {
    const even = (key: string) => Number(key) % 2 === 0;
    const pages = await pagesOf(0, 25, even);
    expect(pages).toHaveLength(2);
    expect(pages.flat()).toEqual(KEYS.filter(even));
  });

  it('is short or empty after ten seconds, and links to the rest', async () => {
    const pages = await pagesOf(1000, 25, (key) => key === '057' || key === '058');
    expect(pages).toHaveLength(11);
    expect(pages.filter((page) => page.length > 0)).toEqual([['057', '058']]);
  });

  it('stops reading after that time', async () => {
    const { behind, clock, read } = listOf(1000);
    expect(await takePage(behind(''), 25, clock, () => false)).toEqual({ items: [], next: '009' });
    expect(read()).toBe(10);
  });
});
