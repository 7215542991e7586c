/**
 * The time from an event in the org to the same event in the sink, when Okta's event hook rings and the
 * poll interval is an hour: the whole local stack, and a demo org that delivers.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setUpDemoHook } from '../dev/demo-hook.ts';
import { startOktaOrg } from '../dev/demo-org/server.ts';
import { startStack } from './stack.ts';

const TOKEN = '00tokenOfTheBench000000000000000000000000000';
/** The pauses between events: a poll for a ring is at least five seconds after the last. */
const [SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS] = [5_000, 10_000];
const LOOK_EVERY_MS = 50;
const GIVE_UP_AFTER_MS = 60_000;

/** The seconds of each event, in order of their duration. */
export async function secondsToSink(rings: number): Promise<number[]> {
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-rings-'));
  const org = await startOktaOrg({
    ...{ seed: 1, bornAtMs: Date.now(), events: 0, days: 1, trickleEventsPerMinute: 0 },
    ...{ limitPerMinute: 600, orgId: '00oBenchOfRings', tokens: [TOKEN], nowMs: () => Date.now() },
  });
  const env = { OKTA_TEST_ORIGINS: org.origin };
  const stack = await startStack(dataDir, ['--no-build', '--no-demo'], env);
  try {
    const url = `${stack.url}/api/connectors/bench`;
    await connect(url, org.host);
    await setUpDemoHook({ url, headers: {}, orgUrl: org.origin, token: TOKEN });
    const seconds: number[] = [];
    for (let n = 0; n < rings; n++) {
      await delay(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      const startedAtMs = performance.now();
      const published = new Date().toISOString();
      const uuid = `ring-${n}`;
      org.org.append(
        JSON.stringify({ uuid, published, eventType: 'user.session.start' }),
        Date.parse(published),
      );
      await arrived(`${url}/events/${uuid}?published=${published}`);
      seconds.push((performance.now() - startedAtMs) / 1000);
    }
    return seconds.toSorted((a, b) => a - b);
  } finally {
    await stack.stop();
    await org.close();
    fs.rmSync(dataDir, { recursive: true });
  }
}

async function connect(url: string, domain: string): Promise<void> {
  const reply = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      domain,
      credential: { kind: 'apiToken', token: TOKEN },
      backfillDays: 0,
      pollIntervalSeconds: 3600,
    }),
  });
  if (!reply.ok) throw new Error(`the org was not connected: ${await reply.text()}`);
}

async function arrived(url: string): Promise<void> {
  const startedAtMs = performance.now();
  while (!(await fetch(url)).ok) {
    if (performance.now() - startedAtMs > GIVE_UP_AFTER_MS)
      throw new Error('an event did not arrive');
    await delay(LOOK_EVERY_MS);
  }
}
