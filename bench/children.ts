/** Processes of the bench: each side of a contest has one of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Starts a file of this folder, and waits until it says that it is ready, and where. */
export async function startChild(file: string, args: string[], env: Record<string, string> = {}) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, args, {
    execArgv: ['--expose-gc'],
    // What is printed is the table.
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
