/** The whole local stack in a separate process, with its demo org connected, if it has one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../dev/cli.mjs', import.meta.url));

export async function startStack(
  dataDir: string,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const child = spawn(process.execPath, [CLI, '--data-dir', dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', ...env },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const exited = once(child, 'exit');
  const ready = args.includes('--no-demo')
    ? /^ready (http:\/\/[^/]+)\//m
    : /^connected as "demo": (http:\/\/[^/]+)\//m;
  while (!ready.test(output)) {
    if (child.exitCode !== null) throw new Error(`the stack ended: ${output}`);
    await delay(50);
  }
  return {
    url: ready.exec(output)?.[1] ?? '',
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
