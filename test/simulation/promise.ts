/** Checks the promise (docs/architecture.md, "The promise") in a world that has settled. */
import { Checkpoints } from '../../shared/storage/checkpoints.ts';
import { type Connector, Connectors } from '../../shared/storage/connectors.ts';
import { DueIndex } from '../../shared/storage/due-index.ts';
import { type BackfillLedger, isOfRegistration } from '../../shared/storage/positions.ts';
import { StatusRows } from '../../shared/storage/status-facts.ts';
import type { Row } from '../../shared/storage/table.ts';
import { subtractRanges } from '../../shared/time-ranges.ts';
import { chainName } from '../support/checkpoint-watch.ts';
import { DAY, HOUR } from '../support/samples.ts';
import type { Cloud } from './cloud.ts';
import { countsAreExact } from './held.ts';
import { TOKEN_PREFIX } from './sim-okta.ts';
import { UNREADABLE } from './unreadable.ts';

/** A week, and the largest error of a process's clock. */
const KEPT_ORCHESTRATIONS_MS = 7 * DAY + 3 * HOUR;

/** All violations of the promise. */
export async function brokenPromises(cloud: Cloud): Promise<string[]> {
  const connectors = await connectorsOf(cloud);
  return [
    ...cloud.violations,
    ...cloud.leases.violations,
    ...cloud.checkpointWatch.violations,
    ...cloud.caughtUpWatch.violations,
    ...(cloud.okta.throttled > 0
      ? [`${cloud.okta.throttled} times throttled by our own doing`]
      : []),
    ...tokensInNames(cloud),
    ...countsAreExact(cloud),
    ...claimsAndSecrets(cloud, connectors),
    ...leavings(cloud, connectors),
    ...deliveriesAreDone(cloud),
    ...oldOrchestrations(cloud),
    ...(await Promise.all(connectors.map((one) => chains(cloud, one)))).flat(),
  ];
}

/** Messages and orchestrations hold names, never a token. */
function tokensInNames({ engine, pollQueue, workQueue }: Cloud): string[] {
  const all = JSON.stringify([engine.inputs, pollQueue.sent, workQueue.sent]);
  return all.includes(TOKEN_PREFIX) ? ['a token lies in a message or an orchestration'] : [];
}

export async function connectorsOf({ tables }: Cloud): Promise<Connector[]> {
  const rows = await Array.fromAsync(new Connectors(tables.connectors).list(() => {}));
  return rows.map(({ connector }) => connector);
}

/** Exactly one claim and one secret for each active connector. */
function claimsAndSecrets({ tables, vault, okta }: Cloud, connectors: readonly Connector[]) {
  const broken: string[] = [];
  const living = connectors.filter(({ state }) => state === 'active');
  const claims: string[] = [];
  for (const { key, cells } of tables.connectors.everything())
    if (key.startsWith('org_')) claims.push(`${cells.connectorId}: ${key}`);
  const owed = living.map(({ id, orgId }) => `${id}: org_${orgId}`);
  if (claims.join() !== owed.join()) broken.push(`claims: ${claims.join() || 'none'}`);
  const names = living.map(({ secretName }) => secretName);
  const orphaned = vault.live().filter((name) => !names.includes(name));
  if (orphaned.length > 0) broken.push(`orphaned secrets: ${orphaned.join()}`);
  for (const { id, state, secretName, secretVersion } of connectors) {
    if (state === 'registering') broken.push(`${id} is half a connector`);
    if (state !== 'active') continue;
    const token = vault.valueOf(secretName, secretVersion);
    if (!token || !okta.org.options.tokens.includes(token))
      broken.push(`${id} has no token that works`);
  }
  return broken;
}

/** No data of a purged connector, and only events of a deleted connector. */
function leavings({ tables, blobs }: Cloud, connectors: readonly Connector[]): string[] {
  const broken: string[] = [];
  const known = new Set(connectors.map(({ id, generation }) => `${id}.${generation}`));
  const owners = (row: Row) => row.partition.split('_')[0] ?? '';
  for (const name of ['events', 'deadletters', 'runs'] as const)
    for (const row of tables[name].everything())
      if (!known.has(owners(row))) broken.push(`left in ${name}: ${row.partition} ${row.key}`);
  for (const name of blobs.texts.keys())
    if (!known.has(name.split('/')[0] ?? '')) broken.push(`left blob ${name}`);
  const present = new Set(
    connectors
      .filter(({ state }) => state !== 'deleted')
      .map(({ id, generation, registration }) => `${id}.${generation}.${registration}`),
  );
  for (const { partition, key, cells } of tables.checkpoints.everything()) {
    if (partition === UNREADABLE) continue;
    const [, registration] = key.match(/^facts_(.*)_/) ?? [];
    const isOwned = registration
      ? present.has(`${partition}.${registration}`)
      : known.has(`${partition}.${cells.generation}`);
    if (!isOwned) broken.push(`left in checkpoints: ${partition} ${key} of ${cells.generation}`);
  }
  const hooks = new Set(connectors.map(({ hookRef }) => `hook_${hookRef}`));
  for (const { key } of tables.connectors.everything())
    if (key.startsWith('sweep_') || (key.startsWith('hook_') && !hooks.has(key)))
      broken.push(`left: ${key}`);
  for (const { id, state, hookRef } of connectors)
    if (hookRef !== undefined && state !== 'active') broken.push(`left: hook of ${id}, ${state}`);
  for (const { id, purging } of connectors) if (purging) broken.push(`${id} is still purging`);
  return broken;
}

function deliveriesAreDone({ tables, appliedUpToMs }: Cloud): string[] {
  const broken: string[] = [];
  const completed = new Set<string>();
  for (const { key, cells } of tables.audit.everything())
    if (cells.result !== 'started') completed.add(key.slice(14, 26));
  for (const { key, cells } of tables.deliveries.everything()) {
    if (key.startsWith('open_')) broken.push(`left open: ${key}`);
    // Indexes of the deliveries.
    if (key.includes('_')) continue;
    if (cells.result === 'InvalidRequest')
      broken.push(`delivery ${cells.type} lost its credential`);
    // A delivery refused because of its order: a later delivery must have been applied.
    const isOvertaken =
      (appliedUpToMs.get(String(cells.connectorId)) ?? 0) > Number(cells.sentAtMs);
    if (cells.result === 'PreconditionFailed' && !isOvertaken)
      broken.push(`delivery ${cells.type} was dropped`);
    if (cells.state !== 'done') broken.push(`delivery ${cells.type} is ${cells.state}`);
    else if (!completed.has(key.slice(0, 12))) broken.push(`no record of delivery ${cells.type}`);
  }
  return broken;
}

/** The platform keeps finished orchestrations: old ones must be purged. */
function oldOrchestrations({ engine, time }: Cloud): string[] {
  const keepFromMs = time.nowMs - KEPT_ORCHESTRATIONS_MS;
  const old = engine.finished.filter((createdAtMs) => createdAtMs < keepFromMs);
  return old.length > 0 ? [`${old.length} orchestrations that ended long ago are left`] : [];
}

async function chains(cloud: Cloud, connector: Connector): Promise<string[]> {
  const { id, generation, state, enabled } = connector;
  const checkpoints = new Checkpoints(cloud.tables.checkpoints);
  const broken: string[] = [];
  const { confirmed } = cloud.checkpointWatch;
  const live = (await checkpoints.live(id))?.value;
  const confirmedBy = (key: string) => confirmed.get(chainName(id, generation, key)) ?? 0;
  if (live && live.events !== confirmedBy('live'))
    broken.push(`${id} live: ${live.events} events, ${confirmedBy('live')} confirmed`);
  if (state === 'active' && !(live && isOfRegistration(live, connector)))
    broken.push(`${id} has no live cursor of its own`);
  for (const ledger of await checkpoints.backfills(id)) {
    const { backfillId } = ledger;
    const open = (await checkpoints.openSlices(id, backfillId)).map(({ value }) => value);
    const events = open.reduce((sum, slice) => sum + slice.events, ledger.events);
    if (events !== confirmedBy(`backfill_${backfillId}`))
      broken.push(`${id} backfill ${backfillId}: ${events} events, not as confirmed`);
    const isOwn = isOfRegistration(ledger, connector);
    if (ledger.state === 'Running' && !(state === 'active' && isOwn && !enabled))
      broken.push(`${id} backfill ${backfillId} is still running`);
    if (ledger.state === 'Succeeded' && open.length > 0) broken.push(`${id}: slices left open`);
    if (ledger.state === 'Failed') broken.push(...failedWithoutReason(cloud, ledger));
    if (ledger.state === 'Succeeded' && !isTiled(ledger))
      broken.push(`${id} backfill ${backfillId} has holes`);
  }
  const { facts } = await new StatusRows(cloud.tables.checkpoints).known(connector);
  if (state === 'active' && enabled && facts.liveError)
    broken.push(`${id} still shows ${facts.liveError.problem.code}`);
  if (state === 'active' && enabled && facts.ringWaits) broken.push(`${id} did not answer a ring`);
  const due = await new DueIndex(cloud.tables.status).get(id);
  if (state === 'active' && enabled && !(due && due.dueAtMs <= (facts.dueAtMs ?? 0)))
    broken.push(`${id} is due at ${facts.dueAtMs}, and at ${due?.dueAtMs} in the index`);
  return broken;
}

/** A range may be set aside only next to one that Okta fails on. Everything else must be read. */
function failedWithoutReason({ okta }: Cloud, { backfillId, ...ledger }: BackfillLedger): string[] {
  const { unreadable, finished, gaps } = ledger;
  const isRead = subtractRanges(ledger, [...finished, ...gaps, ...unreadable]).length === 0;
  if (!isRead || unreadable.length === 0) return [`backfill ${backfillId} has failed with holes`];
  const { poisoned } = okta;
  return unreadable
    .filter(({ fromMs, toMs }) => !poisoned || fromMs >= poisoned.toMs || toMs <= poisoned.fromMs)
    .map(({ fromMs, toMs }) => `backfill ${backfillId} has set ${fromMs} to ${toMs} aside`);
}

function isTiled({ fromMs, toMs, lowMs, highMs, finished, gaps }: BackfillLedger): boolean {
  const left = subtractRanges({ fromMs, toMs }, [...finished, ...gaps]);
  return left.length === 0 && lowMs === highMs;
}
