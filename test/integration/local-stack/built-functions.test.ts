/** Concurrent builds and hosts of one app: real builds, the real development host. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../dev/azurite.ts';
import { type Host, startHost } from '../../support/dev-host.ts';
import { ROOT, tempDir } from '../../support/stack.ts';

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];
const scratch = tempDir('built-functions');
const hosts: Host[] = [];
let azurite: Azurite;

beforeAll(async () => {
  azurite = await startAzurite();
});
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.kill()));
});
afterAll(async () => {
  await azurite.stop();
  fs.rmSync(scratch, { recursive: true });
});

/**
 * An app whose functions return the version of their file and of a module that is loaded on call.
 */
function appAt(name: string): string {
  const root = path.join(scratch, name);
  fs.mkdirSync(path.join(root, 'functions'), { recursive: true });
  fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(root, 'node_modules'), 'junction');
  const main = JSON.stringify({ type: 'module', main: 'dist/functions/*.js' });
  fs.writeFileSync(path.join(root, 'package.json'), main);
  const extensions = { http: { routePrefix: '' }, durableTask: { hubName: 'BuiltHub' } };
  fs.writeFileSync(path.join(root, 'host.json'), JSON.stringify({ version: '2.0', extensions }));
  return root;
}

function writeSources(root: string, version: number, names = NAMES): void {
  fs.rmSync(path.join(root, 'functions'), { recursive: true });
  fs.mkdirSync(path.join(root, 'functions'));
  fs.writeFileSync(path.join(root, 'late.ts'), `export const late = ${version};`);
  for (const name of names) {
    fs.writeFileSync(
      path.join(root, 'functions', `${name}.ts`),
      `import { app } from '@azure/functions';
       app.http('${name}', { route: '${name}', authLevel: 'anonymous', handler: async () =>
         ({ jsonBody: { own: ${version}, late: (await import('../late.ts')).late } }) });`,
    );
  }
}

async function build(root: string): Promise<{ code: number; errors: string }> {
  const script = path.join(ROOT, 'scripts', 'build.mjs');
  const child = spawn(process.execPath, [script, '--root', root], {
    cwd: scratch,
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, errors };
}

async function start(root: string): Promise<Host> {
  const host = await startHost(path.relative(ROOT, root), azurite.connectionString);
  hosts.push(host);
  return host;
}

const ask = async (host: Host, name: string): Promise<any> =>
  await (await fetch(`${host.url}/${name}`)).json().catch(() => 'no answer');
const askAll = (host: Host) => Promise.all(NAMES.map((name) => ask(host, name)));
const allOf = (version: number) => NAMES.map(() => ({ own: version, late: version }));

describe('a host', () => {
  it('has all functions of one build, whatever is built while it loads', async () => {
    const root = appAt('races');
    writeSources(root, 0);
    await build(root);
    let building = true;
    const builds = (async () => {
      for (let version = 1; building; version++) {
        writeSources(root, version);
        expect(await build(root)).toEqual({ code: 0, errors: '' });
      }
    })();
    for (let round = 0; round < 3; round++) await Promise.all([start(root), start(root)]);
    building = false;
    await builds;
    for (const host of hosts) {
      const answers = await askAll(host);
      expect(answers).toEqual(allOf(answers[0]?.own));
    }
  });

  it("can load its own build's files later, after newer builds", async () => {
    const root = appAt('late');
    writeSources(root, 1);
    await build(root);
    const first = await start(root);
    for (const version of [2, 3]) {
      writeSources(root, version);
      await build(root);
    }
    expect(await askAll(first)).toEqual(allOf(1));
    expect(await askAll(await start(root))).toEqual(allOf(3));
  });

  it.each([
    ['has no functions', undefined, 'There are no functions at'],
    ['has a file that is not whole', 'import "../chunks/gone.js";', 'two.js cannot be loaded'],
    ['has a truncated file', 'const cut = {', 'two.js cannot be loaded'],
  ])('does not start when the app %s', async (name, two, message) => {
    const root = appAt(name);
    fs.mkdirSync(path.join(root, 'dist', 'functions'), { recursive: true });
    if (two) fs.writeFileSync(path.join(root, 'dist', 'functions', 'two.js'), two);
    const child = spawn(
      process.execPath,
      [path.join(ROOT, 'dev', 'host', 'main.ts'), '--root', root],
      { env: { ...process.env, PORT: '0', AzureWebJobsStorage: azurite.connectionString } },
    );
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(errors.trim().split('\n')).toEqual([expect.stringContaining(message)]);
    expect(errors).toContain('Run "npm run build"');
  });
});

describe('a build', () => {
  const inDist = (root: string, folder: string) => fs.readdirSync(path.join(root, 'dist', folder));

  it('writes only changed files, and removes its own files that are no longer needed', async () => {
    const root = appAt('again');
    writeSources(root, 1);
    await build(root);
    const chunks = inDist(root, 'chunks');
    const one = path.join(root, 'dist', 'functions', 'one.js');
    const { mtimeMs, ino } = fs.statSync(one);
    await build(root);
    expect(fs.statSync(one)).toMatchObject({ mtimeMs, ino });
    writeSources(root, 2, NAMES.slice(0, 5));
    await build(root);
    expect(inDist(root, 'functions')).not.toContain('six.js');
    expect(inDist(root, 'chunks')).not.toEqual(chunks);
    expect(inDist(root, 'chunks')).toHaveLength(chunks.length);
  });

  it('changes neither the current directory nor files of the user', async () => {
    const root = appAt('strangers');
    writeSources(root, 1);
    fs.mkdirSync(path.join(scratch, 'dist'));
    fs.writeFileSync(path.join(scratch, 'dist', 'mine.txt'), '');
    fs.mkdirSync(path.join(root, 'dist', 'functions'), { recursive: true });
    fs.writeFileSync(path.join(root, 'dist', 'notes.txt'), '');
    expect((await build(root)).code).toBe(0);
    expect(fs.readdirSync(path.join(scratch, 'dist'))).toEqual(['mine.txt']);
    expect(inDist(root, '')).toContain('notes.txt');
  });

  it('refuses a foreign file that would be loaded as a function', async () => {
    const root = appAt('stranger');
    writeSources(root, 1);
    const mine = path.join(root, 'dist', 'functions', 'mine.js');
    fs.mkdirSync(path.dirname(mine), { recursive: true });
    fs.writeFileSync(mine, '');
    const { code, errors } = await build(root);
    expect(code).toBe(1);
    expect(errors).toContain('dist/functions/mine.js is not from this build');
    expect(inDist(root, 'functions')).toEqual(['mine.js']);
  });
});
