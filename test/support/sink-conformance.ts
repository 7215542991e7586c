/** The rules for every `Sink`, independent of its store. */
import { describe, expect, it } from 'vitest';
import { type RawEvent, splitEvents } from '../../shared/okta/split-events.ts';
import type { Sink, SinkChain } from '../../shared/sink/sink.ts';

export interface SinkUnderTest {
  sink: Sink;
  /** The same sink while its store is unavailable. */
  broken: Sink;
  /** The raw texts stored under a generation, in any order. */
  rawsOf(connectorId: string, generation: string): Promise<string[]>;
}

const PUBLISHED = '2026-11-20T10:00:00.000Z';
/** Characters with a meaning in keys, OData, URLs or XML. All of these uuids are different. */
const ODD_UUIDS = [
  "it's",
  "''",
  'a b',
  ' a',
  'a+b',
  'a%2Fb',
  'a&b=c',
  '~',
  'é漢🚀',
  'A',
  'a',
  '{}',
];
const MOST_PURGES = 50;
const never = () => false;

const event = (n: number, more: object = {}) => ({
  uuid: `uuid-${String(n).padStart(4, '0')}`,
  published: PUBLISHED,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => event(n));
const textsOf = (events: readonly object[]) => events.map((one) => JSON.stringify(one)).toSorted();

function page(texts: readonly string[]): RawEvent[] {
  const split = splitEvents(`[${texts.join(',')}]`);
  if (!split.ok) throw new Error(split.reason);
  return split.events;
}
const pageOf = (events: readonly object[]) => page(events.map((one) => JSON.stringify(one)));

/** Text that compression does not shorten. */
function noise(characters: number): string {
  let state = 1;
  let text = '';
  while (text.length < characters) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, characters);
}

/** `open` is called once; each case uses a separate generation. */
export function describeSink(name: string, open: () => SinkUnderTest): void {
  let generations = 0;
  const newChain = (): SinkChain => ({
    connectorId: 'contoso',
    generation: `g${String(++generations).padStart(3, '0')}`,
    name: 'live',
    source: 'live',
  });
  const rawsOf = async ({ connectorId, generation }: SinkChain) =>
    (await open().rawsOf(connectorId, generation)).toSorted();

  describe(`the sink ${name}`, () => {
    it('stores a page', async () => {
      const chain = newChain();
      const written = await open()
        .sink.open(chain)
        .write(pageOf(many(250)));
      expect(written).toEqual({ duplicates: 0, variants: 0 });
      expect(await rawsOf(chain)).toEqual(textsOf(many(250)));
    });

    it('accepts an empty page', async () => {
      const chain = newChain();
      expect(await open().sink.open(chain).write([])).toEqual({ duplicates: 0, variants: 0 });
      expect(await rawsOf(chain)).toEqual([]);
    });

    it('stores the text of an event as it was sent, digit for digit', async () => {
      const chain = newChain();
      const raw = `{ "uuid":"u1",\n "published" : "${PUBLISHED}", "n":9007199254740993, "f":1.0, "e":"\\u00e9\\/😀" }`;
      await open()
        .sink.open(chain)
        .write(page([raw]));
      expect(await rawsOf(chain)).toEqual([raw]);
    });

    it('stores events of any size', async () => {
      const chain = newChain();
      const sizes = [32_767, 32_768, 40_000, 400_000, 4_000_000];
      const long = sizes.map((size, n) => event(n, { debug: noise(size) }));
      await open().sink.open(chain).write(pageOf(long));
      expect(await rawsOf(chain)).toEqual(textsOf(long));
    });

    it('stores a page that is larger than any batch', async () => {
      const chain = newChain();
      const long = Array.from({ length: 99 }, (_, n) => event(n, { text: '漢'.repeat(14_500) }));
      await open().sink.open(chain).write(pageOf(long));
      expect(await rawsOf(chain)).toEqual(textsOf(long));
    });

    it('distinguishes events with any characters in their ids', async () => {
      const chain = newChain();
      const odd = ODD_UUIDS.map((uuid) => event(0, { uuid }));
      const written = await open().sink.open(chain).write(pageOf(odd));
      expect(written).toEqual({ duplicates: 0, variants: 0 });
      expect(await rawsOf(chain)).toEqual(textsOf(odd));
    });

    it('distinguishes events that share an id but not the time', async () => {
      const chain = newChain();
      const both = [event(1), event(1, { published: '2026-11-20T10:00:00.001Z' })];
      await open().sink.open(chain).write(pageOf(both));
      expect(await rawsOf(chain)).toEqual(textsOf(both));
    });

    it('changes nothing when a page is written again, by the same chain or another', async () => {
      const chain = newChain();
      const { sink } = open();
      await sink.open(chain).write(pageOf(many(150)));
      const again = await sink.open(chain).write(pageOf(many(150)));
      const other = await sink.open({ ...chain, name: 'b0001_1' }).write(pageOf(many(160)));
      const fresh = { ...chain, name: 'b0001_2', fresh: true };
      const third = await sink.open(fresh).write(pageOf(many(160)));
      expect([again, other, third].map(({ duplicates }) => duplicates)).toEqual([150, 150, 160]);
      expect(await rawsOf(chain)).toEqual(textsOf(many(160)));
    });

    it('keeps the first of two contents, and counts the other as a variant', async () => {
      const chain = newChain();
      const { sink } = open();
      await sink.open(chain).write(pageOf([event(1)]));
      const again = await sink.open(chain).write(pageOf([event(1, { added: 'later' })]));
      expect(again).toEqual({ duplicates: 1, variants: 1 });
      expect(await rawsOf(chain)).toEqual(textsOf([event(1)]));
    });

    it('keeps the first of duplicates on a page, and stores a page despite events without an identity', async () => {
      const chain = newChain();
      const twins = [event(1), event(1, { other: 'bytes' }), event(1)];
      const nameless = [{ published: PUBLISHED }, { uuid: 'u' }, event(2, { uuid: 'a/b' })];
      const written = await open()
        .sink.open(chain)
        .write(pageOf([...twins, ...nameless, event(3)]));
      expect(written).toEqual({ duplicates: 1, variants: 0 });
      expect(await rawsOf(chain)).toEqual(textsOf([event(1), event(3)]));
    });

    it('stores each event once when several runs write the same page', async () => {
      const chain = newChain();
      const names = ['live', 'live', 'b0001_1', 'b0001_2'];
      const writers = names.map((name) => open().sink.open({ ...chain, name }));
      await Promise.all(writers.map((writer) => writer.write(pageOf(many(400)))));
      expect(await rawsOf(chain)).toEqual(textsOf(many(400)));
    });

    it('purges only the given generation', async () => {
      const [gone, stays] = [newChain(), newChain()];
      const namesake = { ...gone, connectorId: 'contoso-2' };
      const { sink } = open();
      for (const chain of [gone, stays, namesake])
        await sink.open(chain).write(pageOf([...many(120), { nameless: true }]));
      expect(await sink.purge(gone.connectorId, gone.generation, never)).toBe(true);
      expect(await rawsOf(gone)).toEqual([]);
      for (const chain of [stays, namesake]) expect(await rawsOf(chain)).toHaveLength(120);
      expect(await sink.purge(gone.connectorId, gone.generation, never)).toBe(true);
    });

    it('purges in steps, each of which makes progress within its time', async () => {
      const chain = newChain();
      const { connectorId, generation } = chain;
      const { sink } = open();
      await sink.open(chain).write(pageOf(many(250)));
      let purges = 0;
      for (let done = false; !done && purges < MOST_PURGES; purges++) {
        let asked = 0;
        done = await sink.purge(connectorId, generation, () => ++asked > 100);
      }
      expect(purges).toBeGreaterThan(1);
      expect(purges).toBeLessThan(MOST_PURGES);
      expect(await rawsOf(chain)).toEqual([]);
    });

    it('can be checked without storing an event', async () => {
      const chain = newChain();
      await open().sink.check(chain.connectorId, chain.generation);
      expect(await rawsOf(chain)).toEqual([]);
    });

    it('reports when it cannot write, so that no position advances', async () => {
      const chain = newChain();
      const { broken } = open();
      await expect(broken.check(chain.connectorId, chain.generation)).rejects.toThrow();
      await expect(broken.open(chain).write(pageOf(many(3)))).rejects.toThrow();
      expect(await rawsOf(chain)).toEqual([]);
    });
  });
}
