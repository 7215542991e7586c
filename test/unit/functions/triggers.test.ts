/**
 * The simulation stands in for the timers, the queue triggers and the activities: it proves something
 * about the deployed app only as long as it makes the very calls that they make.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, ROOT))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}${name}`);

/** The functions that a file has from `shared/`; constants and types do nothing by themselves. */
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
  it('calls nothing that the simulation does not call', () => {
    const calls = callsToShared(textOf(path));
    expect(calls).not.toEqual([]);
    expect(calls.filter((name) => !simulated.has(name))).toEqual([]);
  });

  it('repeats nothing by itself: how often and how long is decided in shared/', () => {
    expect(textOf(path)).not.toMatch(/\b(for|while)\s*(await\s*)?\(|\bsetTimeout\b/);
  });
});
