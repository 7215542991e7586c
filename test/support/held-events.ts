/** A connector's events, as a client reads them. */
import type { Stack } from './stack.ts';

/** The raw text of every event of a connector, read page by page. */
export async function heldBy(stack: Pick<Stack, 'url'>, id: string): Promise<string[]> {
  const raws: string[] = [];
  let next: string | undefined = `${stack.url}/api/connectors/${id}/events?top=1000`;
  while (next) {
    const text = await (await fetch(next)).text();
    const page = JSON.parse(text);
    next = page.nextLink?.replace(new URL(page.nextLink).origin, stack.url);
    raws.push(...rawTexts(text));
  }
  return raws;
}

/**
 * The text of each `raw` as it appears in a reply: parsing and serialising would change the notation of
 * numbers and escapes. The product's own fields precede it in a fixed order.
 */
function rawTexts(reply: string): string[] {
  const texts: string[] = [];
  let at = 0;
  for (;;) {
    const key = reply.indexOf('"raw":{', at);
    if (key < 0) return texts;
    const start = key + '"raw":'.length;
    let [depth, end, inString] = [0, start, false];
    do {
      const character = reply[end];
      if (inString) {
        if (character === '\\') end++;
        else if (character === '"') inString = false;
      } else if (character === '"') inString = true;
      else if (character === '{') depth++;
      else if (character === '}') depth--;
      end++;
    } while (depth > 0);
    texts.push(reply.slice(start, end));
    at = end;
  }
}
