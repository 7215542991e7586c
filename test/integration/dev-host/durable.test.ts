import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, startHost } from '../../support/dev-host.ts';
import { tempDir, until } from '../../support/stack.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

const APP = 'test/integration/dev-host/app';
const scratch = tempDir('durable');
/** A minute at least on the real host: too long for a test that kills a host. */
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
  it('runs activities one after the other', async () => {
    await start('seq', 'sequence');
    expect(await ended('seq')).toMatchObject({ runtimeStatus: 'Completed', output: 32 });
  });

  it('fans out and in', async () => {
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    await start('fan', 'fan-out', numbers);
    expect(await ended('fan')).toMatchObject({ runtimeStatus: 'Completed', output: 1560 });
  });

  it('sleeps on a timer, up to a second shorter than asked for, and shows its custom status', async () => {
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

  it('takes the first of several, and ends though a cancelled timer is left', async () => {
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

  it('fails with its orchestrator', async () => {
    await start('fail', 'fails-itself');
    const status = await ended('fail');
    expect(status.runtimeStatus).toBe('Failed');
    expect(status.output).toContain('the orchestrator fails on purpose');
  });

  it('waits for an event from outside', async () => {
    await start('wait', 'waits');
    await until('it to run', async () => {
      const { runtimeStatus } = await host.durable('status', 'wait');
      return runtimeStatus === 'Running' ? true : undefined;
    });
    await host.durable('raise', 'wait', { event: 'answer', data: 'you' });
    expect(await ended('wait')).toMatchObject({ output: 'heard you' });
  });

  it('is terminated, and can be started anew under its id', async () => {
    await start('stop', 'waits');
    await host.durable('terminate', 'stop', { reason: 'enough' });
    expect(await ended('stop')).toMatchObject({ runtimeStatus: 'Terminated', output: 'enough' });
    await start('stop', 'sequence');
    expect(await ended('stop')).toMatchObject({ runtimeStatus: 'Completed' });
  });

  it('holds still while suspended', async () => {
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

  it('refuses what the real one refuses', async () => {
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

  it('goes on after kill -9 in the middle of an activity and of a timer', async () => {
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

  it('fails the activities in hand when the worker dies alone, and goes on with the rest', async () => {
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
  });

  it('shares one hub between two hosts', async () => {
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
