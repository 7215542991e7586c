/**
 * Runs a program for `npm start` (`program-launcher.ts COMMAND ARGS…`). Stops it with all its child
 * processes on a stop message, or when `npm start` has ended.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

const GRACE_MS = 5_000;
const POLL_MS = 50;
const WINDOWS = process.platform === 'win32';

const [command = '', ...args] = process.argv.slice(2);
// On Windows, npm's programs are command files, which need a shell.
const child = spawn(command, args, { stdio: 'inherit', detached: !WINDOWS, shell: WINDOWS });
const group = child.pid ?? 0;

/** Sends a signal to the group; false once no process of the group is left. */
function signalGroup(signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function endGroup(): Promise<void> {
  if (WINDOWS) {
    execFileSync('taskkill', ['/pid', String(group), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const deadlineMs = Date.now() + GRACE_MS;
    signalGroup(signal);
    while (signalGroup(0) && Date.now() < deadlineMs) await delay(POLL_MS);
  }
}

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await endGroup();
  process.exit(0);
}
process.on('disconnect', stop);
process.on('SIGTERM', stop);

try {
  const [code] = await once(child, 'exit');
  if (!stopping) {
    await endGroup();
    process.exit(code ?? 1);
  }
} catch {
  console.error(`"${command}" was not found. Install it, or leave out --core-tools.`);
  process.exit(1);
}
