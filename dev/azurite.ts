/** The real Azurite (blob, queue and table) as a child process on free loopback ports. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { forkChild } from './children.ts';
import { freePorts } from './ports.ts';
import { StartError } from './start-error.ts';

/** Azurite's well-known development account; not a secret. */
const ACCOUNT = 'devstoreaccount1';
const KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
/** Azurite holds all rows in memory: 2,000,000 events take about half of this (ADR 7). */
const HEAP_MEGABYTES = 8192;
const READY_WITHIN_MS = 60_000;
const PORT_TRIES = 5;

export interface Azurite {
  connectionString: string;
  pid: number;
  /** Resolves with the exit code when the process ends. */
  exited: Promise<number | null>;
  /** Stops the process after it has saved its data. */
  stop(): Promise<void>;
}

/** Data is kept in memory, or in the folder `azurite` of the data directory. */
export async function startAzurite({ dataDir }: { dataDir?: string } = {}): Promise<Azurite> {
  for (let triesLeft = PORT_TRIES; ; triesLeft--) {
    const started = await startOn(await freePorts(3), dataDir);
    if ('stop' in started) return started;
    // Another program took one of the ports in between.
    if (triesLeft > 1 && started.output.includes('EADDRINUSE')) continue;
    const reason = started.output.split('\n').at(-1);
    const remedy = dataDir
      ? ` If its files are damaged, start with --fresh, or remove ${folderIn(dataDir)}.`
      : '';
    throw new StartError(`Azurite ended before it was ready (${reason}).${remedy}`);
  }
}

const folderIn = (dataDir: string) => path.join(dataDir, 'azurite');

async function startOn(
  ports: number[],
  dataDir: string | undefined,
): Promise<Azurite | { output: string }> {
  const [blob = 0, queue = 0, table = 0] = ports;
  const child = forkChild(
    fileURLToPath(new URL('azurite-launcher.mjs', import.meta.url)),
    [
      ...['--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
      ...(dataDir === undefined ? ['--inMemoryPersistence'] : ['--location', folderIn(dataDir)]),
    ],
    { env: process.env, dataDir, nodeOptions: [`--max-old-space-size=${HEAP_MEGABYTES}`] },
  );
  const output = collect(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const ready = Promise.all(ports.map((port) => answers(port, child)));
  const ended = await Promise.race([ready.then(() => false), exited.then(() => true)]);
  if (ended) return { output: output() };
  const service = (name: string, port: number) =>
    `${name}Endpoint=http://127.0.0.1:${port}/${ACCOUNT};`;
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};${service('Blob', blob)}${service('Queue', queue)}${service('Table', table)}`,
    pid: child.pid ?? 0,
    exited,
    stop: async () => {
      // An open channel would keep the process alive; the launcher ends Azurite when it closes.
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Resolves when a server listens on the port, or the child has ended. */
async function answers(port: number, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while (!(await connects(port)) && child.exitCode === null && child.signalCode === null) {
    if (Date.now() > deadlineMs) throw new StartError(`Azurite does not answer on port ${port}.`);
    await delay(50);
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** The last lines that the child printed. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2000);
    });
  }
  return () => text.trim();
}
