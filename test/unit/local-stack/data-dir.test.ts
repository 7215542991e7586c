import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataDir } from '../../../dev/data-dir.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..', '..');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'data-dir-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

/** A directory with these files, each of which contains its own name. */
function directory(name: string, files: string[] = []): string {
  const dir = path.join(scratch, name);
  fs.mkdirSync(dir);
  for (const file of files) {
    fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    fs.writeFileSync(path.join(dir, file), file);
  }
  return dir;
}

/** All names below the directory, with their times of change. */
function everythingIn(dir: string): string[] {
  const names = fs.readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted();
  return names.map((name) => `${name} ${fs.lstatSync(path.join(dir, name)).mtimeMs}`);
}

const open = (dir: string, fresh = false) => openDataDir(dir, { fresh, tell: () => {} });
const REFUSED = /was not made by "npm start" and is not empty: nothing was changed/;
const EARLIER = ['azurite/db.json', 'logs/host.log', 'ports.json', 'vault/identity-token'];

describe('npm start accepts', () => {
  it('a directory that does not exist, and accepts it again later', async () => {
    const dir = path.join(scratch, 'new', 'below');
    await open(dir);
    expect(fs.readFileSync(path.join(dir, 'okta-connector-data.txt'), 'utf8')).toContain(
      'npm start',
    );
  });

  it('an empty directory', async () => {
    await expect(open(directory('empty'))).resolves.toBeUndefined();
  });

  it('a directory of an earlier version, which has no mark', async () => {
    const dir = directory('earlier', [...EARLIER, 'okta-org.json', 'running.json']);
    await open(dir);
    expect(fs.existsSync(path.join(dir, 'azurite', 'db.json'))).toBe(true);
  });

  it('a directory with an unreadable list of running processes', async () => {
    const dir = directory('cut', ['okta-connector-data.txt', 'running.json']);
    await expect(open(dir)).resolves.toBeUndefined();
  });
});

describe.each([false, true])('npm start refuses, and leaves unchanged (--fresh: %s)', (fresh) => {
  it.each([
    ['with a file of the user', ['thesis/chapter1.txt']],
    ['with only logs', ['logs/app.log']],
    ['that looks like an earlier version but holds more', [...EARLIER, 'package.json']],
    ['of Azurite alone', ['azurite/db.json', 'ports.json']],
  ])('a directory %s', async (name, files) => {
    const dir = directory(`${name} ${fresh}`, files);
    const before = everythingIn(dir);
    await expect(open(dir, fresh)).rejects.toThrow(REFUSED);
    expect(everythingIn(dir)).toEqual(before);
  });

  it('a link to such a directory', async () => {
    const dir = directory(`linked ${fresh}`, ['notes.txt']);
    fs.symlinkSync(dir, path.join(scratch, `link ${fresh}`));
    await expect(open(path.join(scratch, `link ${fresh}`), fresh)).rejects.toThrow(REFUSED);
    expect(fs.readdirSync(dir)).toEqual(['notes.txt']);
  });
});

describe('npm start refuses, by the same rule,', () => {
  it.each([
    ['the checkout', ROOT],
    ['its parent', path.dirname(ROOT)],
    ['the root', path.parse(ROOT).root],
  ])('%s', async (_, dir) => {
    // Without --fresh: a defect here must not delete the files of the computer.
    expect(fs.readdirSync(dir)).not.toEqual([]);
    await expect(open(dir)).rejects.toThrow(REFUSED);
  });

  it('a file', async () => {
    await expect(open(path.join(directory('file', ['a']), 'a'))).rejects.toThrow(
      'cannot be written',
    );
  });
});

describe('--fresh', () => {
  it('removes the data of an earlier start, and keeps files of the user', async () => {
    const dir = directory('fresh', ['okta-connector-data.txt', ...EARLIER, 'notes/mine.txt']);
    await open(dir, true);
    expect(fs.readdirSync(dir)).toEqual(
      expect.arrayContaining(['notes', 'okta-connector-data.txt']),
    );
    for (const name of ['azurite', 'vault', 'logs', 'ports.json'])
      expect(fs.existsSync(path.join(dir, name))).toBe(false);
  });

  it('does not follow a link out of the directory', async () => {
    const outside = directory('outside', ['kept.txt']);
    const dir = directory('with-link', ['okta-connector-data.txt']);
    fs.symlinkSync(outside, path.join(dir, 'azurite'));
    await open(dir, true);
    expect(fs.readdirSync(outside)).toEqual(['kept.txt']);
  });
});
