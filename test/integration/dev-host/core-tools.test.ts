/** The Core Tools adapter of the tests, with a stand-in that runs the development host. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { ROOT, tempDir, until } from '../../support/stack.ts';
import { newStorageAccount } from '../../support/storage-account.ts';
import { onCoreTools } from '../../support/which-host.ts';

const folder = tempDir('core-tools');
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Like in Core Tools, the host is a child process of the program. */
const FUNC = `#!${process.execPath}
const port = process.argv[process.argv.indexOf('--port') + 1];
const args = [${JSON.stringify(inject('developmentHost'))}, '--root', process.cwd()];
const host = require('node:child_process').spawn(process.execPath, args,
  { stdio: 'ignore', env: { ...process.env, PORT: port } });
require('node:fs').writeFileSync(${JSON.stringify(path.join(folder, 'pid'))}, String(host.pid));
host.on('exit', (code) => process.exit(code ?? 1));
`;

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0) && !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

describe.skipIf(onCoreTools || process.platform !== 'linux')('Core Tools in the tests', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'starts on word of the parent, answers, and is gone with all its processes after %s',
    async (signal) => {
      fs.writeFileSync(path.join(folder, 'func'), FUNC, { mode: 0o755 });
      const entry = path.join(ROOT, 'test', 'support', 'core-tools-host.ts');
      const app = path.join(ROOT, 'test', 'integration', 'dev-host', 'app');
      const child = fork(entry, ['--root', app, '--standby'], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        env: {
          ...process.env,
          PORT: '0',
          PATH: `${folder}${path.delimiter}${process.env.PATH}`,
          AzureWebJobsStorage: await newStorageAccount(),
        },
      });
      expect((await once(child, 'message'))[0]).toHaveProperty('loaded');
      child.send('go');
      const [{ ready }] = await once(child, 'message');
      expect(await (await fetch(`${ready}/jobs/7`)).json()).toMatchObject({ function: 'a' });
      const pid = Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8'));
      child.kill(signal);
      await once(child, 'exit');
      await until('the host to end', async () => !isRunning(pid) || undefined);
    },
  );
});
