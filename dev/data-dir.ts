/** The data directory of the local stack: one user at a time, ports that stay the same. */
import fs from 'node:fs';
import path from 'node:path';
import { freePort } from './azurite.ts';

/** A condition of this computer that the user can mend: shown as one line. */
export class StartError extends Error {}

/** Makes the directory ready and takes it for this process. */
export function openDataDir(dir: string, fresh: boolean): void {
  const lock = path.join(dir, 'running.pid');
  try {
    fs.mkdirSync(dir, { recursive: true });
    fs.accessSync(dir, fs.constants.R_OK | fs.constants.W_OK);
    const holder = fs.existsSync(lock) ? Number(fs.readFileSync(lock, 'utf8')) : undefined;
    if (holder !== undefined && holder !== process.pid && isRunning(holder)) {
      throw new StartError(
        `The data directory ${dir} is in use by process ${holder}. Stop it, or choose another with --data-dir.`,
      );
    }
    if (fresh)
      for (const entry of fs.readdirSync(dir))
        fs.rmSync(path.join(dir, entry), { recursive: true, force: true });
    fs.writeFileSync(lock, String(process.pid));
    process.on('exit', () => fs.rmSync(lock, { force: true }));
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The data directory ${dir} cannot be written (${code}). Choose another with --data-dir.`,
    );
  }
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
