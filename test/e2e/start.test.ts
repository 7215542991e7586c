import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, startStack, tempDir } from '../support/stack.ts';

const scratch = tempDir('start');
const dataDir = path.join(scratch, 'data');
afterAll(() => fs.rmSync(scratch, { recursive: true }));

/** The output of `npm start` that fails. */
function startAndFail(args: string[], env: Record<string, string> = {}) {
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(ROOT, 'dev', 'cli.mjs'), '--no-build', '--no-demo', ...args],
    { cwd: ROOT, env: { ...process.env, PORT: '0', ...env }, encoding: 'utf8', timeout: 60_000 },
  );
  return { status, lines: stderr.trim().split('\n') };
}

describe('npm start reports in one line', () => {
  it.each([
    ['BACKFILL_PARALLEL_SLICES', 'many', 'a whole number from 1 to 16'],
    ['AUTH_MODE', 'password', 'keys, entra or none'],
  ])('an invalid setting: %s', (name, value, allowed) => {
    const { status, lines } = startAndFail(['--data-dir', dataDir], { [name]: value });
    expect(status).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(name);
    expect(lines[0]).toContain(allowed);
  });

  it('a port that is in use', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    const { status, lines } = startAndFail(['--data-dir', dataDir], { PORT: String(port) });
    server.close();
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining(`Port ${port} is taken`)]);
  });

  it('a data directory that cannot be written', () => {
    const file = path.join(scratch, 'a-file');
    fs.writeFileSync(file, '');
    const { status, lines } = startAndFail(['--data-dir', path.join(file, 'below')]);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining('cannot be written')]);
  });

  it('a data directory that another start uses', async () => {
    const stack = await startStack({ dataDir });
    const { status, lines } = startAndFail(['--data-dir', dataDir]);
    await stack.stop();
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining('is in use by process')]);
  });

  it('a foreign data directory, which it leaves unchanged', () => {
    const dir = path.join(scratch, 'mine');
    fs.mkdirSync(path.join(dir, 'thesis'), { recursive: true });
    fs.writeFileSync(path.join(dir, 'thesis', 'chapter1.txt'), 'text');
    const { status, lines } = startAndFail(['--data-dir', dir, '--fresh']);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining('nothing was changed')]);
    expect(fs.readdirSync(dir, { recursive: true }).toSorted()).toEqual([
      'thesis',
      path.join('thesis', 'chapter1.txt'),
    ]);
  });

  it('an unknown option', () => {
    const { status, lines } = startAndFail(['--nonsense']);
    expect(status).toBe(1);
    expect(lines).toEqual([expect.stringContaining('--nonsense')]);
  });

  it('a Node version that is too old', () => {
    const old = path.join(scratch, 'old-node.mjs');
    fs.writeFileSync(
      old,
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });`,
    );
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', old, path.join(ROOT, 'dev', 'cli.mjs')],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('this is Node 20.1.0')]);
  });
});

describe('function keys', () => {
  it('are enforced with --enable-auth', async () => {
    const stack = await startStack({
      dataDir,
      args: ['--enable-auth'],
      env: { LOCAL_FUNCTION_KEY: 'key-of-the-tests' },
    });
    const url = `${stack.url}/api/connectors`;
    const without = await fetch(url);
    const header = await fetch(url, { headers: { 'x-functions-key': 'key-of-the-tests' } });
    const query = await fetch(`${url}?code=key-of-the-tests`);
    await stack.stop();
    expect([without.status, header.status, query.status]).toEqual([401, 200, 200]);
  });
});
