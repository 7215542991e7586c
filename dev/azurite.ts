/** The real Azurite (blob, queue and table) as a child process on free loopback ports. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Azurite's well-known development account; not a secret. */
const ACCOUNT = 'devstoreaccount1';
const KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const READY_WITHIN_MS = 30_000;

export interface Azurite {
  connectionString: string;
  pid: number;
  /** Resolves with the exit code when the process ends, for whatever reason. */
  exited: Promise<number | null>;
  /** Lets it save, and ends it. */
  stop(): Promise<void>;
}

/** Keeps its data in memory, or in `dataDir`. */
export async function startAzurite({ dataDir }: { dataDir?: string } = {}): Promise<Azurite> {
  const [blob, queue, table] = [await freePort(), await freePort(), await freePort()];
  const child = fork(
    fileURLToPath(new URL('azurite-launcher.mjs', import.meta.url)),
    [
      ...['--blobPort', `${blob}`, '--queuePort', `${queue}`, '--tablePort', `${table}`],
      ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
      ...(dataDir === undefined ? ['--inMemoryPersistence'] : ['--location', dataDir]),
    ],
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we stop it last.
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [], detached: true },
  );
  const output = collect(child);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const gone = exited.then(() => {
    throw new Error(`Azurite ended before it was ready: ${output()}`);
  });
  await Promise.race([Promise.all([blob, queue, table].map(answers)), gone]);
  gone.catch(() => {});
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

/** A port that is free now. Whoever takes it next is not prevented from it. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while (!(await connects(port))) {
    if (Date.now() > deadlineMs) throw new Error(`nothing listens on port ${port}`);
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

/** The last of what the child printed. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2000);
    });
  }
  return () => text.trim();
}
