/**
 * Measures the portal page: its size, the loading time that its function adds to the app, the time to
 * return its document, and the time until a slow computer on a slow network shows it. `npm run
 * bench:portal -- [--json]`.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../test/support/browser.ts';
import { copyOfPackage, loadOnce } from './loading.ts';
import { asTable, median, type Row } from './report.ts';
import { startStack } from './stack.ts';

const [LOADS, REQUESTS, VISITS] = [15, 50, 7];
const DEMO = ['--demo-events', '2000'];
/** Slow 4G as in the developer tools of Chrome, on a computer four times as slow. */
const SLOW_4G = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
};
const CPU_SLOWDOWN = 4;

const row = (
  what: string,
  target: string,
  value: number,
  unit: string,
  reached?: boolean,
): Row => ({
  what,
  target,
  measured: `${Math.round(value * 10) / 10} ${unit}`,
  reached,
});

/**
 * Alternates between runs with and without the function, so that both see the same load of the
 * computer.
 */
async function loading(): Promise<Row[]> {
  const [whole, less] = [copyOfPackage(), copyOfPackage()];
  fs.rmSync(path.join(less, 'dist', 'functions', 'portal.js'));
  const seconds = new Map<string, number[]>([whole, less].map((folder) => [folder, []]));
  for (let run = 0; run < LOADS; run++)
    for (const [folder, measured] of seconds) measured.push(await loadOnce(folder));
  for (const folder of seconds.keys()) fs.rmSync(folder, { recursive: true });
  const msOf = (folder: string) => median(seconds.get(folder) ?? []) * 1000;
  return [
    row('loading the app', '', msOf(whole), 'ms'),
    row('loading the app without the function', '', msOf(less), 'ms'),
  ];
}

async function document(url: string): Promise<Row[]> {
  const msOf = async () => {
    const startedAtMs = performance.now();
    const reply = await fetch(`${url}/portal`);
    await reply.arrayBuffer();
    return performance.now() - startedAtMs;
  };
  const first = await msOf();
  const later: number[] = [];
  for (let run = 0; run < REQUESTS; run++) later.push(await msOf());
  return [
    row('GET /portal, first', '', first, 'ms'),
    row('GET /portal, later', '', median(later), 'ms'),
  ];
}

/** The compressed size of all files that a first visit loads. */
async function size(url: string): Promise<Row> {
  const html = await (await fetch(`${url}/portal`)).text();
  const names = [...html.matchAll(/"(\/portal\/[^"]+)"/g)].map(([, name]) => name);
  const files = await Promise.all(
    names.map(async (name) => (await fetch(url + name)).arrayBuffer()),
  );
  const bytes = [html, ...files].reduce(
    (sum, content) =>
      sum + gzipSync(typeof content === 'string' ? content : new Uint8Array(content)).length,
    0,
  );
  return row('size, gzip', '≤ 60 KB', bytes / 1000, 'KB', bytes <= 60_000);
}

/** Each visit starts with an empty cache. */
async function paint(browser: Browser, url: string): Promise<Row[]> {
  const painted: number[] = [];
  const listed: number[] = [];
  for (let run = 0; run < VISITS; run++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', SLOW_4G);
    await session.send('Emulation.setCPUThrottlingRate', { rate: CPU_SLOWDOWN });
    await page.goto(`${url}/portal`);
    await page.locator('tbody th a').first().waitFor();
    const [paintMs, nowMs] = await page.evaluate(() => {
      const { performance } = globalThis;
      const [entry] = performance.getEntriesByName('first-contentful-paint');
      return [entry?.startTime ?? Number.NaN, performance.now()];
    });
    painted.push(paintMs ?? Number.NaN);
    listed.push(nowMs ?? Number.NaN);
    await context.close();
  }
  const first = median(painted);
  return [
    row('first paint, 4 × CPU, slow 4G', '≤ 1,000 ms', first, 'ms', first <= 1000),
    row('the list, 4 × CPU, slow 4G', '', median(listed), 'ms'),
  ];
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-portal-'));
const rows = await loading();
const stack = await startStack(dataDir, DEMO);
const browser = await launchBrowser();
try {
  rows.push(...(await document(stack.url)), await size(stack.url));
  if (browser) rows.push(...(await paint(browser, stack.url)));
  process.stdout.write(`${values.json ? JSON.stringify(rows) : asTable(rows)}\n`);
} finally {
  await browser?.close();
  await stack.stop();
  fs.rmSync(dataDir, { recursive: true });
}
