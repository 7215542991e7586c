/** The messages of Azurite and the demo org about files that a kill has truncated. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startAzurite } from '../../../dev/azurite.ts';
import { ROOT, tempDir } from '../../support/stack.ts';

const dataDir = tempDir('damaged-files');
afterAll(() => fs.rmSync(dataDir, { recursive: true }));

it('Azurite with unreadable tables reports in one line what to remove', async () => {
  const folder = path.join(dataDir, 'azurite');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, '__azurite_db_table__.json'), '{"filename":"/tmp');
  const failed = await startAzurite({ dataDir }).catch((error: Error) => error.message);
  expect(failed).toMatch(/^Azurite ended before it was ready \(.*JSON.*\)\. .*remove .*azurite\.$/);
});

it.each(['', '{"seed":1', '[]', '{"seed":"a","bornAtMs":1,"events":1}'])(
  'a demo org with the file content %j names the file in one line, and keeps it',
  (text) => {
    const file = path.join(dataDir, 'okta-org.json');
    fs.writeFileSync(file, text);
    const { status, stderr } = spawnSync(
      process.execPath,
      [path.join(ROOT, 'dev', 'demo-org', 'main.ts'), '--state', file],
      { encoding: 'utf8', timeout: 60_000 },
    );
    expect(status).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(`${file} cannot be read`)]);
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
  },
);
