import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { freePorts, KeptPorts } from '../../../dev/ports.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ports-'));
const file = path.join(dir, 'ports.json');
afterAll(() => fs.rmSync(dir, { recursive: true }));
beforeEach(() => fs.rmSync(file, { force: true }));

/** The port, and the lines for the user. */
async function take(name: string): Promise<{ port: number; told: string[] }> {
  const told: string[] = [];
  return {
    port: await new KeptPorts(dir, (line) => told.push(line)).take(name, `the ${name}`),
    told,
  };
}

it('free ports are different, and outside of the range for outgoing connections', async () => {
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  expect(Math.max(...ports)).toBeLessThan(32_768);
});

describe('a kept port', () => {
  it('is the same at each start', async () => {
    const first = await take('vault');
    await take('oktaOrg');
    expect(await take('vault')).toEqual({ port: first.port, told: [] });
  });

  it('changes when a program has taken it, and the user is told', async () => {
    const { port } = await take('vault');
    const server = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const next = await take('vault');
    server.close();
    expect(next.port).not.toBe(port);
    expect(next.told).toEqual([expect.stringContaining(`Port ${port} of the vault is taken`)]);
    expect((await take('vault')).port).toBe(next.port);
  });

  it.each(['', '{"vault": 2', '[]', '{"vault":"1"}', '{"vault":0}', 'null'])(
    'is new when the file contains %j',
    async (text) => {
      fs.writeFileSync(file, text);
      const { port, told } = await take('vault');
      expect(told).toEqual([expect.stringContaining(`${file} could not be read`)]);
      expect(await take('vault')).toEqual({ port, told: [] });
    },
  );
});
