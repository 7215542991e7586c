/** The lock on a data directory, with real processes that die in every way. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { childrenLock } from '../../../dev/data-dir.ts';
import { ROOT, tempDir, until } from '../../support/stack.ts';

const scratch = tempDir('data-dir-lock');
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const module = (file: string) => JSON.stringify(path.join(ROOT, 'dev', file));
/** Opens the directory, prints a line, and runs until it is killed. */
const OPEN = `
  const { openDataDir } = await import(${module('data-dir.ts')});
  const [dir, childrenGoneWithinMs = '30000'] = process.argv.slice(1);
  await openDataDir(dir, {
    fresh: false, tell: console.log, childrenGoneWithinMs: Number(childrenGoneWithinMs),
  }).then(() => console.log('open'), (error) => { console.log(error.message); process.exit(1); });
  setInterval(() => {}, 1000);`;
/** Takes the lock of a child of \`npm start\`. */
const HOLD = `
  const { tryLock } = await import(${module('file-lock.ts')});
  console.log(tryLock(process.argv[1], 'shared') ? 'holds' : 'has not');
  setInterval(() => {}, 1000);`;

const node = (script: string, args: string[]) => [
  process.execPath,
  ...['--input-type=module', '--eval', script, ...args],
];

/** Runs the command; returns its output so far, and its first line. */
function run([command = '', ...args]: string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  const lines: string[] = [];
  child.stdout.on('data', (chunk: Buffer) =>
    lines.push(
      ...chunk
        .toString()
        .split('\n')
        .filter((line) => line !== ''),
    ),
  );
  const line = (start: string) =>
    until(`"${start}"`, async () => lines.find((text) => text.startsWith(start)), 10);
  return { child, lines, line, exited: once(child, 'exit') };
}

const open = (dir: string, ...more: string[]) => run(node(OPEN, [dir, ...more]));
const newDir = (name: string) => path.join(scratch, name);

describe('a data directory', () => {
  it('has one user at a time, whose process is named', async () => {
    const dir = newDir('one');
    const first = open(dir);
    await first.line('open');
    const second = open(dir);
    await second.exited;
    expect(second.lines).toEqual([
      `The data directory ${dir} is in use by process ${first.child.pid}. Stop it, or choose another with --data-dir.`,
    ]);
  });

  it('is free after a kill -9 of its user', async () => {
    const dir = newDir('killed');
    const first = open(dir);
    await first.line('open');
    first.child.kill('SIGKILL');
    await first.exited;
    await open(dir).line('open');
  });

  it('is free although its dead user is a zombie', async () => {
    const dir = newDir('zombie');
    // The shell is replaced by a program that never reaps its child.
    const [command = '', ...args] = node(OPEN, [dir]);
    const script = '"$@" & echo "pid $!"; exec sleep 600';
    const parent = run(['sh', '-c', script, 'sh', command, ...args]);
    const pid = Number((await parent.line('pid')).slice('pid '.length));
    await parent.line('open');
    process.kill(pid, 'SIGKILL');
    await until('the zombie', async () => {
      const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
      return stdout.trim().startsWith('Z') || undefined;
    });
    await open(dir).line('open');
    expect(process.kill(pid, 0)).toBe(true);
  });

  it('is free, whichever process has the noted number now', async () => {
    const dir = newDir('reused');
    const first = open(dir);
    await first.line('open');
    first.child.kill('SIGKILL');
    await first.exited;
    const running = JSON.stringify({ pid: process.pid, children: {} });
    fs.writeFileSync(path.join(dir, 'running.json'), running);
    await open(dir).line('open');
  });

  it('is locked by only one of many concurrent starts', async () => {
    const dir = newDir('race');
    const all = Array.from({ length: 6 }, () => open(dir));
    await until(
      'each to know',
      async () => all.every(({ lines }) => lines.length > 0) || undefined,
    );
    const outcomes = all.map(({ lines }) =>
      lines[0] === 'open' ? 'open' : lines[0]?.slice(0, 18),
    );
    expect(outcomes.toSorted()).toEqual([...Array(5).fill('The data directory'), 'open']);
  });

  it('stays locked while a child of a dead user lives', async () => {
    const dir = newDir('children');
    const first = open(dir);
    await first.line('open');
    const child = run(node(HOLD, [childrenLock(dir)]));
    await child.line('holds');
    first.child.kill('SIGKILL');
    await first.exited;
    const second = open(dir);
    await second.line('Waiting for the processes of an earlier "npm start" to end');
    expect(second.lines).not.toContain('open');
    child.child.kill('SIGKILL');
    await second.line('open');
  });

  it('is refused when such a child does not end', async () => {
    const dir = newDir('left');
    await open(dir).line('open');
    const child = run(node(HOLD, [childrenLock(dir)]));
    await child.line('holds');
    started[0]?.kill('SIGKILL');
    await once(started[0] as ChildProcess, 'exit');
    const second = open(dir, '200');
    await second.exited;
    expect(second.lines.at(-1)).toContain('Processes of an earlier "npm start" still use');
  });
});
