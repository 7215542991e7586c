/** The data directory of the local stack: one user at a time, ports that stay the same. */
import fs from 'node:fs';
import path from 'node:path';
import { freePort } from './azurite.ts';

/** A condition of this computer that the user can mend: shown as one line. */
export class StartError extends Error {}

/** Who uses a data directory: the process of `npm start` and its children. */
const LOCK = 'running.json';

/** Makes the directory ready and takes it for this process. */
export function openDataDir(dir: string, fresh: boolean): void {
  const lock = path.join(dir, LOCK);
  try {
    fs.mkdirSync(dir, { recursive: true });
    fs.accessSync(dir, fs.constants.R_OK | fs.constants.W_OK);
    const holder = fs.existsSync(lock) ? JSON.parse(fs.readFileSync(lock, 'utf8')).pid : undefined;
    if (holder !== undefined && isRunning(holder)) {
      throw new StartError(
        `The data directory ${dir} is in use by process ${holder}. Stop it, or choose another with --data-dir.`,
      );
    }
    if (fresh)
      for (const entry of fs.readdirSync(dir))
        fs.rmSync(path.join(dir, entry), { recursive: true, force: true });
    noteProcesses(dir, {});
    process.on('exit', () => fs.rmSync(lock, { force: true }));
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data directory ${dir} cannot be written (${code}). Choose another with --data-dir.`,
    );
  }
}

/** Notes the children beside our own process. */
export function noteProcesses(dir: string, children: Record<string, number>): void {
  fs.writeFileSync(path.join(dir, LOCK), JSON.stringify({ pid: process.pid, children }));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The port of this name, the same at every start: connectors are registered by host and port. */
export async function keptPort(dir: string, name: string): Promise<number> {
  const file = path.join(dir, 'ports.json');
  const ports: Record<string, number> = fs.existsSync(file)
    ? JSON.parse(fs.readFileSync(file, 'utf8'))
    : {};
  const port = ports[name] ?? (await freePort());
  fs.writeFileSync(file, JSON.stringify({ ...ports, [name]: port }));
  return port;
}
