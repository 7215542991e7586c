/** Processes of the bench: each contestant has its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a file of this folder, and waits for its ready message with its URL. */
export async function startChild(file: string, args: string[], env: Record<string, string> = {}) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args, {
    execArgv: ['--expose-gc'],
    // Only the table is printed.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  /** Its next message. */
  const next = async (): Promise<unknown> => {
    const ended = exited.then(([code]) => {
      throw new Error(`${file} ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, 'message'), ended]);
    return message;
  };
  const { ready } = (await next()) as { ready: string };
  return {
    child,
    ready,
    next,
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
