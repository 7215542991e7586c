/**
 * A real browser for tests of the portal page: an installed browser, otherwise the browser of a
 * development package for Linux. Without a browser the tests are skipped with a printed reason;
 * `REQUIRE_BROWSER=1` makes that a failure.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'microsoft-edge'];
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Undefined, with the reason printed, when no browser is found. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const reasons: string[] = [];
  for (const found of [installed, ofChannel('chrome'), ofChannel('msedge'), packaged])
    try {
      const options = await found();
      if (options)
        return await chromium.launch({ ...options, args: [...ARGS, ...(options.args ?? [])] });
    } catch (error) {
      reasons.push(String(error).split('\n')[0] ?? '');
    }
  const reason = `no browser for the portal page: ${reasons.join('; ') || 'none is installed'}`;
  if (process.env.REQUIRE_BROWSER === '1') throw new Error(reason);
  console.warn(`SKIPPED, ${reason}. Install Chromium, or set CHROME_PATH.`);
  return undefined;
}

type Found = () => Promise<LaunchOptions | undefined>;

const installed: Found = async () => {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const executablePath = process.env.CHROME_PATH ?? candidates.find((file) => fs.existsSync(file));
  return executablePath ? { executablePath } : undefined;
};

/** Playwright knows where Windows and macOS install browsers. */
const ofChannel =
  (channel: string): Found =>
  async () =>
    process.platform === 'linux' ? undefined : { channel };

/** The package includes libraries that a minimal system lacks. */
const packaged: Found = async () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { default: Packaged, inflate } = await import('@sparticuz/chromium');
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  await inflate(path.join(path.dirname(entry), '..', 'bin', 'al2023.tar.br'));
  const libraries = path.join(os.tmpdir(), 'al2023', 'lib');
  return {
    executablePath: await Packaged.executablePath(),
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
  };
};
