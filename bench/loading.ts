/** The time to load the bundled function app, measured in a new process each time. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median } from './report.ts';

const RUNS = 7;

export async function loadingSeconds(): Promise<number> {
  const seconds: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const child = fork(fileURLToPath(new URL('load-app.ts', import.meta.url)), {
      // Outside of a host the library prints a warning for every function.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {
        ...process.env,
        AzureWebJobsStorage: 'UseDevelopmentStorage=true',
        KEY_VAULT_URL: 'https://bench.vault.azure.net',
      },
    });
    const [loaded] = await once(child, 'message');
    seconds.push(loaded);
    await once(child, 'exit');
  }
  return median(seconds);
}
