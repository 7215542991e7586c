/**
 * The simulation replaces the timers, the queue triggers and the activities. Its results apply to the
 * deployed app only while both make the same calls.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}${name}`);

/** The functions that a file imports from `shared/`, without constants and types. */
function callsToShared(text: string): string[] {
  const imports = text.matchAll(/^import \{([^}]*)\} from '(?:\.\.\/)+shared\/[^']+';$/gm);
  const names = [...imports].flatMap(([, list = '']) => list.split(','));
  return names.map((name) => name.trim()).filter((name) => /^[a-z]\w*$/.test(name));
}

const simulated = new Set(
  filesIn('test/simulation/').flatMap((path) => callsToShared(textOf(path))),
);
const triggers = filesIn('functions/').filter((path) =>
  /\bapp\.(timer|storageQueue|activity|orchestration)\(/.test(textOf(path)),
);

it('finds the triggers of live polling, work, housekeeping and backfill', () => {
  expect(triggers.map((path) => path.slice('functions/'.length)).sort()).toEqual([
    'backfill-worker.ts',
    'housekeeping.ts',
    'poll.ts',
    'work-queue.ts',
  ]);
});

describe.each(triggers)('%s', (path) => {
  it('calls only functions that the simulation calls too', () => {
    const calls = callsToShared(textOf(path));
    expect(calls).not.toEqual([]);
    expect(calls.filter((name) => !simulated.has(name))).toEqual([]);
  });

  it('contains no loop: number and duration of repetitions are decided in shared/', () => {
    expect(textOf(path)).not.toMatch(/\b(for|while)\s*(await\s*)?\(|\bsetTimeout\b/);
  });
});
