/** An export of all events of a connector, through the functions in the host. */

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { DAY_MS } from '../shared/time.ts';
import { startChild } from './children.ts';
import type { Ingested } from './contest.ts';

export interface Exported {
  rows: number;
  seconds: number;
  /** Memory of the process that runs the functions, since its start. */
  peakMegabytes: number;
}

export async function exportAll({ connectionString, origin }: Ingested): Promise<Exported> {
  const host = await startChild('host.ts', [], {
    AzureWebJobsStorage: connectionString,
    KEY_VAULT_URL: 'https://bench.vault.azure.net',
    OKTA_TEST_ORIGINS: origin,
    PORT: '0',
    AUTH_MODE: 'none',
    POLL_SCHEDULE: '0 0 0 1 1 *',
  });
  try {
    const [from, to] = [Date.now() - 100 * DAY_MS, Date.now() + DAY_MS].map((ms) =>
      new Date(ms).toISOString(),
    );
    const startedAtMs = performance.now();
    const reply = await fetch(
      `${host.ready}/api/connectors/bench/events/export?from=${from}&to=${to}`,
    );
    if (!reply.ok || !reply.body) throw new Error(`the export was refused: ${reply.status}`);
    let rows = 0;
    for await (const _ of createInterface(Readable.fromWeb(reply.body as never))) rows++;
    const seconds = (performance.now() - startedAtMs) / 1000;
    host.child.send('memory');
    return { rows, seconds, ...((await host.next()) as { peakMegabytes: number }) };
  } finally {
    await host.stop();
  }
}
