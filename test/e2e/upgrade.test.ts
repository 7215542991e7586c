/**
 * The app continues from the data directory of an earlier version (test/fixtures/README.md), at the time
 * at which that version was killed: otherwise retention would soon have deleted its events.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventText } from '../../dev/demo-org/event-text.ts';
import { type OrgServer, startOktaOrg } from '../../dev/demo-org/server.ts';
import { certificateIn } from '../../dev/vault/certificate.ts';
import { heldBy } from '../support/held-events.ts';
import {
  type KeptOrg,
  type KeptOrgs,
  keptOrgOptions,
  moveOrg,
  TABLES_FILE,
  unpack,
} from '../support/kept-data-dir.ts';
import {
  polledUntil,
  ROOT,
  type Stack,
  settled,
  startStack,
  TOKEN,
  tempDir,
  until,
} from '../support/stack.ts';

const dataDir = tempDir('upgrade');
const FIXTURE = new URL('../fixtures/data-directory-1.zip.br', import.meta.url);
const CLOCK_OFFSET = pathToFileURL(path.join(ROOT, 'test', 'support', 'clock-offset.mjs'));

/** After this time, the leases and hidden messages of the killed processes have expired. */
const UPGRADE_MS = 11 * 60_000;
const DAY_MS = 86_400_000;

interface Connected extends KeptOrg {
  server: OrgServer;
  /** The requests for the log since the upgrade. */
  urls: URL[];
}

let kept: KeptOrgs;
let offsetMs: number;
let finished: Connected;
let halfway: Connected;
let stack: Stack;

const nowMs = () => Date.now() + offsetMs;

async function startKept(org: KeptOrg, host: string): Promise<Connected> {
  const options = keptOrgOptions(org, kept.bornAtMs, TOKEN);
  const server = await startOktaOrg({ ...options, limitPerMinute: 600, nowMs });
  for (const { text, publishedMs, persistedAtMs } of org.events)
    server.org.append(text, publishedMs, persistedAtMs);
  const urls: URL[] = [];
  server.org.faults.push({
    // A fault that watches and never applies.
    matches: ({ url }) => {
      const asked = new URL(url, server.origin);
      if (asked.pathname === '/api/v1/logs') urls.push(asked);
      return false;
    },
    times: 1,
    answer: (_request, proper) => proper(),
  });
  moveOrg(dataDir, host, server.host);
  return { ...org, server, urls };
}

/** The properties of the rows on disk in a table. */
function rowsOnDisk(table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(path.join(dataDir, TABLES_FILE), { readOnly: true });
  const rows = database
    .prepare('SELECT json FROM docs WHERE collection = ?')
    .all(`devstoreaccount1$${table}`);
  database.close();
  return rows.map(({ json }) => JSON.parse(String(json)).properties);
}

/** How many rows of a table hold a text, by its form. */
function formsOnDisk(table: string): Record<string, number> {
  const forms: Record<string, number> = {};
  for (const row of rowsOnDisk(table))
    for (const form of ['raw', 'raw0', 'rawBlob'])
      if (form in row) forms[form] = (forms[form] ?? 0) + 1;
  return forms;
}

const statusOf = async (id: string) =>
  (await stack.call('GET', `/api/connectors/${id}/status`)).body;

/** The texts of the events that the org holds now. */
const truth = ({ server }: Connected): string[] =>
  [...server.org.truth()]
    .filter(({ publishedMs }) => !Number.isNaN(publishedMs))
    .map(({ raw }) => raw);

async function exported(id: string): Promise<string[]> {
  const from = new Date(kept.bornAtMs - 40 * DAY_MS).toISOString();
  const to = new Date(nowMs() + DAY_MS).toISOString();
  const url = `${stack.url}/api/connectors/${id}/events/export?format=ndjson&from=${from}&to=${to}`;
  return (await (await fetch(url)).text()).split('\n').filter((line) => line !== '');
}

/** The export has a space in place of each line break between tokens. */
const asLine = (raw: string) => raw.replaceAll('\n', ' ');

/** A difference is shown by its hash: some texts have a million characters. */
function expectSameTexts(actual: string[], wanted: string[]): void {
  const hashes = (texts: string[]) => texts.map((text) => hash('sha256', text)).toSorted();
  expect(hashes(actual)).toEqual(hashes(wanted));
}

beforeAll(async () => {
  kept = unpack(FIXTURE, dataDir);
  offsetMs = kept.keptAtMs + UPGRADE_MS - Date.now();
  // Made by the real clock, which checks it.
  await certificateIn(path.join(dataDir, 'vault'));
  const [first, second] = kept.orgs;
  if (!first || !second) throw new Error('the fixture holds two orgs');
  finished = await startKept(first, first.host);
  halfway = await startKept(second, second.host);
});

afterAll(async () => {
  await stack?.stop();
  for (const org of [finished, halfway]) await org?.server.close();
  fs.rmSync(dataDir, { recursive: true });
});

describe('an upgrade', () => {
  let cursors: unknown[];
  let readFromMs: number;

  it('starts on rows, messages and texts of the earlier version', async () => {
    expect(formsOnDisk('events')).toEqual({ raw: 129, raw0: 1, rawBlob: 1 });
    expect(formsOnDisk('deadletters')).toEqual({ raw: 2 });
    const checkpoints = rowsOnDisk('checkpoints');
    cursors = checkpoints.map(({ nextUrl }) => nextUrl).filter((url) => url !== undefined);
    expect(cursors).toHaveLength(3);
    const ledger = checkpoints.find(({ state }) => state === 'Running');
    readFromMs = JSON.parse(String(ledger?.finished))[0].fromMs;

    const origins = [finished, halfway].map(({ server }) => server.origin).join(',');
    stack = await startStack({
      dataDir,
      env: {
        OKTA_TEST_ORIGINS: origins,
        POLL_SCHEDULE: '*/5 * * * * *',
        NODE_OPTIONS: `--import ${CLOCK_OFFSET}`,
        CLOCK_OFFSET_MS: String(offsetMs),
      },
    });
    const { body } = await stack.call('GET', '/api/connectors');
    expect(body.value.map(({ id }: { id: string }) => id)).toEqual(['finished', 'halfway']);
    expect(body.unreadable ?? []).toEqual([]);
  });

  it('continues every chain at its cursor, and completes the backfill', async () => {
    await settled(stack, 'halfway');
    for (const { connectorId, server } of [finished, halfway]) {
      // Before the reply that brings it, by the org's clock of whole seconds.
      const publishedMs = nowMs() - 2000;
      server.org.append(eventText(publishedMs, 1, publishedMs).raw, publishedMs);
      const published = new Date(publishedMs).toISOString();
      const live = await polledUntil(stack, connectorId, 'a new event', async () => {
        const seen = (await statusOf(connectorId)).live;
        return seen.lastEventAt === published ? seen : undefined;
      });
      expect(live).toMatchObject({ caughtUp: true, cursorResets: 0, consecutiveFailures: 0 });
    }
    const urls = [...finished.urls, ...halfway.urls];
    expect(urls.map(({ href }) => href)).toEqual(expect.arrayContaining(cursors));
    // What the earlier version had read is not read again.
    const ends = urls.map(({ searchParams }) => searchParams.get('until')).filter((end) => end);
    for (const end of ends) expect(Date.parse(String(end))).toBeLessThanOrEqual(readFromMs);
  });

  it('lists, exports and counts old and new events', async () => {
    for (const org of [finished, halfway]) {
      const events = truth(org);
      expectSameTexts(await heldBy(stack, org.connectorId), events);
      expectSameTexts(await exported(org.connectorId), events.map(asLine));
      const stored = await until('the counts of now', async () => {
        const { counts } = await statusOf(org.connectorId);
        return counts.stored === events.length ? counts : undefined;
      });
      const sum = stored.perDay.reduce((total: number, day: any) => total + day.events, 0);
      expect(sum).toBe(events.length);
    }
  });

  it('lists old dead letters', async () => {
    const { body } = await stack.call('GET', '/api/connectors/finished/deadletters');
    expect(body.value).toEqual([
      expect.objectContaining({ reason: 'noPublished', raw: { uuid: 'without-published' } }),
      expect.objectContaining({ reason: 'notAnObject', raw: 'no object' }),
    ]);
  });
});
