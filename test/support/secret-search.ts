/** Searches for tokens in all data that a lab has stored, printed and replied. */
import { expect } from 'vitest';
import { everythingStored } from './everything-stored.ts';
import type { Lab, LabHost } from './lab.ts';

/** The token as plain text, and within a longer base64 text. */
const shapesOf = (token: string) => [token, Buffer.from(token).toString('base64').slice(4, -4)];

/**
 * `id` names a connector with runs and events: the search must find it everywhere, which proves that
 * the search works.
 */
export async function expectNoSecret(
  { connectionString }: Pick<Lab, 'connectionString'>,
  hosts: readonly Pick<LabHost, 'output' | 'replies'>[],
  tokens: readonly string[],
  id: string,
): Promise<void> {
  const shapes = tokens.flatMap(shapesOf);
  const telling: string[] = [];
  const knowing = new Set<string>();
  const look = (where: string, text: string) => {
    if (shapes.some((shape) => text.includes(shape))) telling.push(where);
    if (text.includes(id)) knowing.add(where);
  };
  for await (const { where, text } of everythingStored(connectionString)) look(where, text);
  for (const host of hosts) {
    look('output', host.output());
    look('replies', host.replies());
  }
  expect(telling).toEqual([]);
  const tables = ['connectors', 'checkpoints', 'status', 'events', 'runs', 'audit'];
  const expected = [...tables.map((table) => `table ${table}`), 'output', 'replies'];
  expect([...knowing]).toEqual(expect.arrayContaining(expected));
  // The history of the orchestrations.
  expect([...knowing].some((where) => /hub/i.test(where))).toBe(true);
}
