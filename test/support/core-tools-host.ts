/**
 * Runs Azure Functions Core Tools in place of the development host: it accepts the same arguments and
 * settings, sends the same messages to the parent process (dev/host/main.ts), and starts `func start`.
 * Used by `npm run test:core-tools`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../../dev/ports.ts';

const READY_WITHIN_MS = 120_000;
const ANSWER_WITHIN_MS = 2_000;
const POLL_MS = 250;

/**
 * Ends the processes of `func` when this process has ended for any reason: the watchdog's input then
 * ends.
 */
const WATCHDOG = `process.stdin.resume().on('end', () => {
  try { process.kill(-Number(process.argv[1]), 'SIGKILL'); } catch {}
});`;

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: process.cwd() },
    standby: { type: 'boolean', default: false },
  },
});

if (process.env.LOCAL_FUNCTION_KEY)
  throw new Error('Core Tools makes its own keys: LOCAL_FUNCTION_KEY is of the development host.');
if (values.standby) {
  process.send?.({ loaded: '' });
  await once(process, 'message');
}
const port = Number(process.env.PORT) || (await freePort());
const url = `http://127.0.0.1:${port}`;
const func = spawn('func', ['start', '--port', String(port)], {
  cwd: values.root,
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, FUNCTIONS_WORKER_RUNTIME: 'node', PORT: String(port) },
});
const group = func.pid ?? 0;
spawn(process.execPath, ['-e', WATCHDOG, String(group)], {
  detached: true,
  stdio: ['pipe', 'ignore', 'ignore'],
});
func.once('exit', (code) => process.exit(code ?? 1));
func.once('error', () => {
  console.error('"func" was not found: install Azure Functions Core Tools.');
  process.exit(1);
});
for (const end of ['SIGTERM', 'disconnect'] as const)
  process.once(end, () => process.kill(-group, 'SIGTERM'));

/**
 * The host listens before it has loaded its functions. A host without this page has loaded them when it
 * listens.
 */
async function isRunning(): Promise<boolean> {
  // A host that has just begun to listen may never answer.
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const reply = await fetch(`${url}/admin/host/status`, { signal }).catch(() => undefined);
  if (!reply || reply.status >= 500) return false;
  if (reply.status === 404) return true;
  return ((await reply.json()) as { state?: string }).state === 'Running';
}

const deadlineMs = Date.now() + READY_WITHIN_MS;
while (!(await isRunning())) {
  if (Date.now() > deadlineMs) throw new Error('Core Tools does not run within two minutes.');
  await delay(POLL_MS);
}
process.send?.({ ready: url });
