import { beforeEach, describe, expect, it } from 'vitest';
import {
  connectorToRing,
  endEventHook,
  isEventHook,
  makeEventHook,
  showEventHook,
} from '../../../shared/connectors/event-hook.ts';
import { ring } from '../../../shared/ingest/ring.ts';
import type { Result } from '../../../shared/result.ts';
import { ADMIN, createDeliveryWorld, type DeliveryWorld } from '../../support/deliveries.ts';

const MINUTE = 60_000;
let world: DeliveryWorld;
beforeEach(async () => {
  world = createDeliveryWorld();
  await world.put(world.newToken());
});

const orThrow = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.problem.code);
  return result.value;
};
const make = async (request = ADMIN) => orThrow(await makeEventHook(world.deps, request));
const admits = async (ref: string, secret: string) =>
  (await connectorToRing(world.deps, ref, secret)).connector?.id;
const rowsOf = () => [...world.tables.connectors.everything()];
const hookRows = () => rowsOf().filter(({ key }) => key.startsWith('hook_'));

describe('an event hook', () => {
  it('admits its secret, and no other', async () => {
    const { ref, secret } = await make();
    expect(await admits(ref, secret.reveal())).toBe('contoso');
    for (const wrong of ['', 'wrong', secret.reveal().slice(1), `${secret.reveal()} `])
      expect(await admits(ref, wrong)).toBeUndefined();
    for (const wrong of ['', `${ref}x`, ref.slice(1), `../${ref}`, 'a/b', '%00'])
      expect(await admits(wrong, secret.reveal())).toBeUndefined();
    expect(await isEventHook(world.deps, ref)).toBe(true);
    expect(await isEventHook(world.deps, ref.toLowerCase())).toBe(false);
  });

  it('stores the hash of its secret only', async () => {
    const { secret } = await make();
    const stored = Object.values(world.tables).flatMap((table) => [...table.everything()]);
    const json = (value: unknown) => (typeof value === 'bigint' ? Number(value) : value);
    const text = JSON.stringify(stored, (_, value) => json(value));
    expect(text).toContain('secretHash');
    expect(text).not.toContain(secret.reveal());
    expect(`${secret}`).toBe('***');
  });

  it('keeps its reference when its secret is replaced', async () => {
    const first = await make();
    const second = await make();
    expect([first.kind, second.kind]).toEqual(['created', 'replaced']);
    expect(second.ref).toBe(first.ref);
    expect(await admits(first.ref, first.secret.reveal())).toBeUndefined();
    expect(await admits(first.ref, second.secret.reveal())).toBe('contoso');
    expect(hookRows()).toHaveLength(1);
  });

  it.each([
    ['that create it', async () => {}],
    ['that replace its secret', async () => void (await make())],
  ])('has exactly one valid secret after requests at the same moment %s', async (_what, before) => {
    await before();
    const made = await Promise.all(Array.from({ length: 4 }, () => make()));
    const valid = await Promise.all(made.map(({ ref, secret }) => admits(ref, secret.reveal())));
    expect(valid.filter((id) => id === 'contoso')).toHaveLength(1);
    expect(hookRows()).toHaveLength(1);
  });

  it('does not change the revision of the configuration', async () => {
    const { revision, updatedAt } = await world.connector();
    await make();
    expect(await world.connector()).toMatchObject({ revision, updatedAt });
    const stale = await makeEventHook(world.deps, { ...ADMIN, ifMatch: '"other"' });
    expect(stale).toMatchObject({ ok: false, problem: { code: 'PreconditionFailed' } });
  });

  it('shows since when, and when it last rang', async () => {
    await make();
    const connector = await world.connector();
    expect(await showEventHook(world.deps, connector)).toMatchObject({ rangAtMs: undefined });
    await ring(world.deps, connector);
    const rangAtMs = world.org.nowMs();
    expect(await showEventHook(world.deps, connector)).toMatchObject({ rangAtMs });
    world.pass(1_000);
    await make({ ...ADMIN, caller: 'other' });
    const shown = await showEventHook(world.deps, await world.connector());
    expect(shown).toMatchObject({ createdBy: 'other', rangAtMs: undefined });
  });

  it('needs an active connector', async () => {
    const { tables, deps } = world;
    await tables.connectors.batch('connector', [
      { kind: 'merge', key: 'contoso', cells: { state: 'failed' } },
    ]);
    const refused = await makeEventHook(deps, ADMIN);
    expect(refused).toMatchObject({ ok: false, problem: { code: 'OktaTokenInvalid' } });
  });
});

describe('the event hook ends', () => {
  it('when it is removed, also a second time', async () => {
    const { ref, secret } = await make();
    expect(orThrow(await endEventHook(world.deps, ADMIN))).toBe('ended');
    expect(orThrow(await endEventHook(world.deps, ADMIN))).toBe('absent');
    expect(await admits(ref, secret.reveal())).toBeUndefined();
    expect(hookRows()).toEqual([]);
  });

  it.each([false, true])('with its connector (purge: %s)', async (purge) => {
    const { ref, secret } = await make();
    await world.remove(purge);
    expect(hookRows()).toEqual([]);
    await world.put(world.newToken());
    expect(await admits(ref, secret.reveal())).toBeUndefined();
    expect(await isEventHook(world.deps, ref)).toBe(false);
    expect((await make()).ref).not.toBe(ref);
  });

  it('when an earlier version of the app has deleted the connector and left its row', async () => {
    const { ref, secret } = await make();
    const [left] = hookRows();
    await world.remove(true);
    await world.tables.connectors.batch('connector', [
      { kind: 'create', key: left?.key ?? '', cells: left?.cells ?? {} },
    ]);
    expect(await admits(ref, secret.reveal())).toBeUndefined();
    world.pass(30 * MINUTE);
    await world.housekeeping();
    expect(rowsOf()).toEqual([]);
  });
});
