/**
 * The time to load the package that is deployed, measured in a new process each time, in a folder from
 * which no installed package can be found.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './report.ts';

const RUNS = 7;

export async function loadingSeconds(): Promise<number> {
  const folder = copyOfPackage();
  try {
    const seconds: number[] = [];
    for (let run = 0; run < RUNS; run++) seconds.push(await loadOnce(folder));
    return median(seconds);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** In a new folder. */
export function copyOfPackage(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-package-'));
  fs.cpSync('dist/package', folder, { recursive: true });
  return folder;
}

/** The seconds of a new process for the functions of a folder. */
export async function loadOnce(folder: string): Promise<number> {
  const child = fork(fileURLToPath(new URL('load-app.ts', import.meta.url)), [folder], {
    // Outside of a host the library prints a warning for every function.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      ...process.env,
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      KEY_VAULT_URL: 'https://bench.vault.azure.net',
    },
  });
  const [loaded] = await once(child, 'message');
  await once(child, 'exit');
  return loaded;
}
