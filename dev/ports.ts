/** Ports of the local stack on the loopback address; some stay the same at every start. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import * as z from 'zod';

/**
 * Below the range for outgoing connections, which starts at 32768 on Linux
 * (https://docs.kernel.org/networking/ip-sysctl.html) and at 49152 elsewhere.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/** A port that is free now; it is not reserved. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** Different ports that are free now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: net.Server[] = [];
  while (servers.length < count) {
    const server = await listening(randomInt(FIRST_PORT, LAST_PORT));
    if (server) servers.push(server);
  }
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map(closed));
  return ports;
}

export async function isFree(port: number): Promise<boolean> {
  const server = await listening(port);
  if (server) await closed(server);
  return server !== undefined;
}

async function listening(port: number): Promise<net.Server | undefined> {
  const server = net.createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

async function closed(server: net.Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

const keptPorts = z.record(z.string(), z.int().min(1).max(65_535));

/** The ports that stay the same at every start, if possible. */
export class KeptPorts {
  readonly #file: string;
  readonly #tell: (line: string) => void;
  #ports: Record<string, number>;

  /** `tell` is called with a line for the user when a port changes. */
  constructor(dataDir: string, tell: (line: string) => void) {
    this.#file = path.join(dataDir, 'ports.json');
    this.#tell = tell;
    this.#ports = this.#read();
  }

  /** `owner` is the name of the port's program for the user. */
  async take(name: string, owner: string): Promise<number> {
    const kept = this.#ports[name];
    if (kept !== undefined && (await isFree(kept))) return kept;
    const port = await freePort();
    if (kept !== undefined)
      this.#tell(`Port ${kept} of ${owner} is taken by another program; the new port is ${port}`);
    this.#ports = { ...this.#ports, [name]: port };
    this.#write();
    return port;
  }

  #read(): Record<string, number> {
    if (!fs.existsSync(this.#file)) return {};
    try {
      return keptPorts.parse(JSON.parse(fs.readFileSync(this.#file, 'utf8')));
    } catch {
      this.#tell(`${this.#file} could not be read; new ports are chosen`);
      return {};
    }
  }

  /** Written atomically: a kill in mid-write leaves the file unchanged. */
  #write(): void {
    const draft = `${this.#file}.draft`;
    fs.writeFileSync(draft, JSON.stringify(this.#ports));
    fs.renameSync(draft, this.#file);
  }
}
