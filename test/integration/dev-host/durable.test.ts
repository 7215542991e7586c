import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../support/dev-host.ts';
import { tempDir, until } from '../../support/stack.ts';
import { newStorageAccount } from '../../support/storage-account.ts';
import { onCoreTools } from '../../support/which-host.ts';

const APP = 'test/integration/dev-host/app';
const scratch = tempDir('durable');
/** The real host needs at least a minute, which is too long for a test that kills a host. */
const ENV = { LOCAL_HIDDEN_SECONDS: '5' };
let connectionString: string;
let host: Host;

beforeAll(async () => {
  connectionString = await newStorageAccount();
  host = await startHost(APP, connectionString, ENV);
});
afterAll(async () => {
  await host.stop();
  fs.rmSync(scratch, { recursive: true });
});

const start = (id: string, name: string, input?: unknown, on = host) =>
  on.durable('start', id, { name, input });

/** The status once the instance has ended. */
const ended = (id: string, on = () => host) =>
  until(`${id} to end`, async () => {
    const status = await on().durable('status', id);
    return ['Completed', 'Failed', 'Terminated'].includes(status.runtimeStatus)
      ? status
      : undefined;
  });

describe('the durable engine, through the durable-functions library', () => {
  it('runs activities in sequence', async () => {
    await start('seq', 'sequence');
    expect(await ended('seq')).toMatchObject({ runtimeStatus: 'Completed', output: 32 });
  });

  it('fans out and in', async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    await start('fan', 'fan-out', numbers);
    expect(await ended('fan')).toMatchObject({ runtimeStatus: 'Completed', output: 1560 });
  });

  it('sleeps on a timer, up to a second shorter than requested, and shows the custom status', async () => {
    await start('sleep', 'sleeps');
    const asleep = await until('the first custom status', async () => {
      const { customStatus } = await host.durable('status', 'sleep');
      return customStatus?.phase;
    });
    expect(asleep).toBe('asleep');
    const status = await ended('sleep');
    expect(status.output).toBeGreaterThanOrEqual(500);
    expect(status.customStatus).toEqual({ phase: 'awake' });
  });

  it('returns the first of several tasks, and ends even though a cancelled timer is left', async () => {
    await start('race', 'race');
    expect(await ended('race')).toMatchObject({ runtimeStatus: 'Completed', output: 42 });
  });

  it('continues as new with a new input', async () => {
    await start('down', 'counts-down', { left: 4, sum: 0 });
    expect(await ended('down')).toMatchObject({ runtimeStatus: 'Completed', output: 20 });
  });

  it('passes the failure of an activity to the orchestrator', async () => {
    await start('catch', 'catches');
    const { output } = await ended('catch');
    expect(output).toContain('caught:');
    expect(output).toContain('the activity fails on purpose');
  });

  it('fails together with its orchestrator', async () => {
    await start('fail', 'fails-itself');
    const status = await ended('fail');
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain('the orchestrator fails on purpose');
  });

  it('waits for an external event', async () => {
    await start('wait', 'waits');
    await until('it to run', async () => {
      const { runtimeStatus } = await host.durable('status', 'wait');
      return runtimeStatus === 'Running' ? true : undefined;
    });
    await host.durable('raise', 'wait', { event: 'answer', data: 'you' });
    expect(await ended('wait')).toMatchObject({ output: 'heard you' });
  });

  it('terminates an orchestration, which can be restarted under its id', async () => {
    await start('stop', 'waits');
    await host.durable('terminate', 'stop', { reason: 'enough' });
    expect(await ended('stop')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    await start('stop', 'sequence');
    expect(await ended('stop')).toMatchObject({ runtimeStatus: 'Completed' });
  });

  it('does no work while an orchestration is suspended', async () => {
    await start('hold', 'waits');
    await host.durable('suspend', 'hold');
    await until('Suspended', async () => {
      const { runtimeStatus } = await host.durable('status', 'hold');
      return runtimeStatus === 'Suspended' ? true : undefined;
    });
    await host.durable('raise', 'hold', { event: 'answer', data: 'later' });
    await host.durable('resume', 'hold');
    expect(await ended('hold')).toMatchObject({ output: 'heard later' });
  });

  it('refuses the same requests as the real engine', async () => {
    await start('busy', 'waits');
    await expect(start('busy', 'waits')).rejects.toThrow();
    await expect(host.durable('status', 'nobody')).rejects.toThrow('404');
    await expect(host.durable('raise', 'nobody', { event: 'x' })).rejects.toThrow('nobody');
    await expect(host.durable('terminate', 'nobody')).rejects.toThrow('nobody');
    await expect(host.durable('purge', 'busy')).rejects.toThrow('412');
    expect(await host.durable('purge', 'nobody')).toEqual({ instancesDeleted: 0 });
    await host.durable('terminate', 'busy', { reason: 'done' });
    await ended('busy');
    expect(await host.durable('purge', 'busy')).toEqual({ instancesDeleted: 1 });
    await expect(host.durable('status', 'busy')).rejects.toThrow('404');
  });

  it('continues after kill -9 during an activity and a timer', async () => {
    const noteFile = path.join(scratch, 'note');
    const holdFile = path.join(scratch, 'hold');
    fs.writeFileSync(holdFile, '');
    await start('killed', 'calls-slow', { noteFile, holdFile });
    await start('killed-asleep', 'sleeps');
    await until('the activity to run', async () => (fs.existsSync(noteFile) ? true : undefined));
    await host.kill();
    fs.rmSync(holdFile);
    host = await startHost(APP, connectionString, ENV);
    expect(await ended('killed')).toMatchObject({ output: '4 slow done' });
    expect((await ended('killed-asleep')).output).toBeGreaterThanOrEqual(500);
    expect(fs.readFileSync(noteFile, 'utf8').split('\n').length).toBeGreaterThan(2);
  });

  // The worker of Core Tools is a process of its own.
  it.skipIf(onCoreTools)(
    'fails the running activities when the worker dies alone, and continues with the others',
    async () => {
      const noteFile = path.join(scratch, 'note-of-the-worker');
      const holdFile = path.join(scratch, 'hold-of-the-worker');
      fs.writeFileSync(holdFile, '');
      await start('bereft', 'calls-slow', { noteFile, holdFile });
      await start('asleep-meanwhile', 'sleeps');
      await until('the activity to run', async () => (fs.existsSync(noteFile) ? true : undefined));
      await host.killWorker();
      const bereft = await ended('bereft');
      expect(bereft).toMatchObject({ runtimeStatus: 'Failed' });
      expect(bereft.output).toContain('the worker died');
      expect(await ended('asleep-meanwhile')).toMatchObject({ runtimeStatus: 'Completed' });
    },
  );

  it('leaves the hub to hosts that have durable functions', async () => {
    const without = await startHost(`${APP}-without-durable`, connectionString, ENV);
    // The message of a timer is taken by the host that asks first once it is visible.
    const ids = Array.from({ length: 12 }, (_, n) => `one-hub-${n}`);
    await Promise.all(ids.map((id) => start(id, 'sleeps')));
    for (const id of ids) expect((await ended(id)).runtimeStatus).toBe('Completed');
    await without.stop();
  });

  it('shares a hub between two hosts', async () => {
    const other = await startHost(APP, connectionString);
    await Promise.all([
      start('shared-1', 'fan-out', [1, 2, 3]),
      start('shared-2', 'sequence', undefined, other),
    ]);
    const seenByOther = await ended('shared-1', () => other);
    const seenByFirst = await ended('shared-2');
    await other.stop();
    expect([seenByOther.output, seenByFirst.output]).toEqual([12, 32]);
  });
});
