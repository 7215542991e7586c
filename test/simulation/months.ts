/** Checks retention and housekeeping in a world in which months have passed (docs/settings.md). */
import { SharedReads } from '../../shared/shared-reads.ts';
import { CountReader } from '../../shared/sink/count-reader.ts';
import { readStatus } from '../../shared/status/read-status.ts';
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import type { Connector } from '../../shared/storage/connectors.ts';
import { WELL } from '../support/deps-in-memory.ts';
import { DAY, HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import { difference } from './held.ts';
import { brokenPromises, connectorsOf } from './promise.ts';
import { housekeeping } from './triggers.ts';
import { UNREADABLE } from './unreadable.ts';
import type { World } from './world.ts';

/** The default of `EVENT_RETENTION_DAYS`. */
const RETENTION_MS = 180 * DAY;
/** Longer than the retention of all stored events. */
const MONTHS_DAYS = 200;
/** The largest error of a clock that retention uses. */
const TOLERANCE_MS = 10_000;
/** Only events that are stored in blobs are this long. */
const A_BLOB_CHARACTERS = 1_000_000;

/** Lets months pass, and returns all violations of the promise. */
export async function brokenByMonths(world: World): Promise<string[]> {
  const { cloud } = world;
  const before = new Map<string, number>();
  for (const connector of await connectorsOf(cloud))
    before.set(connector.id, await storedBy(cloud, connector));
  await world.age(MONTHS_DAYS);
  await world.settle();
  // No write of a run is pending any more: then marks are removed.
  cloud.time.nowMs += HOUR;
  const goneBeforeMs = cloud.storageClock.nowMs() - RETENTION_MS - TOLERANCE_MS;
  await world.alone((host) => housekeeping(cloud, host));
  const keptFromMs = cloud.storageClock.nowMs() - RETENTION_MS + TOLERANCE_MS;

  const broken = [
    ...(await brokenPromises(cloud)),
    ...leftInEvents(cloud, goneBeforeMs),
    ...orphanedBlobs(cloud),
    ...(await marksWithoutWork(cloud)),
  ];
  for (const connector of await connectorsOf(cloud)) {
    const { id, state } = connector;
    if (state === 'failed') continue;
    const isActive = state === 'active';
    broken.push(...(await difference(cloud, connector, isActive, keptFromMs)));
    const stored = await storedBy(cloud, connector);
    const owed = isActive ? identified(cloud) : before.get(id);
    if (stored !== owed) broken.push(`${id}: ${stored} events stored, ${owed} expected`);
  }
  return broken;
}

/** The number of events ever stored, from the status page. */
async function storedBy({ tables, blobs, storageClock }: Cloud, connector: Connector) {
  const stores = { events: tables.events, deadLetters: tables.deadletters, blobs };
  const clock = { ...storageClock, sleep: async () => {} };
  const deps = {
    checkpoints: new Checkpoints(tables.checkpoints),
    storageClock,
    counts: new CountReader(stores, clock),
    reads: new SharedReads(),
    health: WELL,
  };
  return (await readStatus(deps, connector)).counts.stored;
}

/** The number of the org's events, without dead letters. */
function identified({ okta }: Cloud): number {
  return [...okta.org.truth()].filter(({ raw }) => raw.startsWith('{"uuid":"u')).length;
}

/** Days whose last addition has expired, and staged events of a `verify`. */
function leftInEvents({ tables, tally }: Cloud, goneBeforeMs: number): string[] {
  const lastDay = new Date(goneBeforeMs).toISOString().slice(0, 10);
  const days = new Map<string, { events: number; newestMs: number }>();
  const broken: string[] = [];
  for (const { partition, key, storedAtMs } of tables.events.everything()) {
    const [, name = ''] = partition.split('_');
    if (/^v\d+$/.test(name)) broken.push(`left staged: ${partition} ${key}`);
    if (!/^\d/.test(name) || name >= lastDay) continue;
    const day = days.get(partition) ?? { events: 0, newestMs: 0 };
    if (!key.startsWith('~')) day.events++;
    day.newestMs = Math.max(day.newestMs, storedAtMs);
    days.set(partition, day);
  }
  for (const [partition, { events, newestMs }] of days) {
    if (events === 0) tally.count('months: a day is emptied');
    else if (newestMs < goneBeforeMs) broken.push(`left of ${partition}: ${events} events`);
  }
  return broken;
}

/** A connector without unfinished work must not cost operations in each round of housekeeping. */
async function marksWithoutWork({ tables, tally }: Cloud): Promise<string[]> {
  const checkpoints = new Checkpoints(tables.checkpoints);
  const broken: string[] = [];
  for (const { key } of tables.connectors.everything()) {
    const [prefix, id = ''] = key.split('_');
    if (prefix !== 'unfinished' || id === UNREADABLE) continue;
    const ledgers = await checkpoints.backfills(id);
    if (ledgers.every(({ state }) => state === 'Succeeded' || state === 'Canceled'))
      broken.push(`left: ${key}`);
    else tally.count('months: a mark is kept');
  }
  return broken;
}

/** Checks that every blob has a row that names it. */
function orphanedBlobs({ tables, blobs, okta, tally }: Cloud): string[] {
  const named = new Set<unknown>();
  for (const table of ['events', 'deadletters'] as const)
    for (const { cells } of tables[table].everything()) named.add(cells.rawBlob);
  const large = [...okta.org.truth()].filter(({ raw }) => raw.length > A_BLOB_CHARACTERS);
  const kept = new Set(blobs.texts.values());
  if (blobs.texts.size > 0) tally.count('months: a blob is kept');
  if (large.some(({ raw }) => !kept.has(raw))) tally.count('months: a blob is gone');
  return [...blobs.texts.keys()].filter((name) => !named.has(name)).map((name) => `left: ${name}`);
}
