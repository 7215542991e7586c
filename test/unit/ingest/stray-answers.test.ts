/**
 * A single reply that may not come from Okta proves nothing about the connector; a series of them does.
 */
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../dev/demo-org/faults.ts';
import type { Fault, OktaOrg, OrgReply } from '../../../dev/demo-org/org.ts';
import { needsOperator } from '../../../shared/errors.ts';
import type { UnreachableReason } from '../../../shared/okta/transport.ts';
import { createWorld, settle, type World } from '../../support/world.ts';

const MINUTE = 60_000;

async function connectedWorld(): Promise<World> {
  const world = createWorld({ events: 20 });
  await world.connect();
  await settle(world);
  world.pass(MINUTE);
  return world;
}

const proxyPage = (): OrgReply => ({
  status: 403,
  headers: { 'content-type': 'text/html' },
  body: '<html>Blocked</html>',
});

function answerAll(world: World, answer: () => OrgReply): void {
  world.org.faults.push({ times: Number.POSITIVE_INFINITY, answer });
}

function failToReach(world: World, reason: UnreachableReason): () => void {
  const { transport } = world.deps;
  world.deps.transport = {
    send: async () => ({ kind: 'unreachable', reason, detail: '' }),
  };
  return () => {
    world.deps.transport = transport;
  };
}

/** Polls whenever the connector is due, for this time. */
async function pollFor(world: World, ms: number): Promise<void> {
  const untilMs = world.deps.clock.nowMs() + ms;
  while (world.deps.clock.nowMs() < untilMs) {
    world.passToNext(await world.poll());
  }
}

const codeOf = async (world: World) => (await world.facts()).liveError?.problem.code;

describe('a single reply that does not come from Okta', () => {
  it.each(['401-proxy', '403-edge', '404-edge', '407-proxy'])('is retried: %s', async (fault) => {
    await isRetried((org) => FAULTS[fault]?.(org));
  });

  it('is retried even when it is JSON, but not of Okta', async () => {
    const headers = { 'content-type': 'application/json' };
    await isRetried(() => () => ({ status: 403, headers, body: '{"reason":"policy"}' }));
  });

  async function isRetried(faultOf: (org: OktaOrg) => Fault['answer'] | undefined): Promise<void> {
    const world = await connectedWorld();
    const answer = faultOf(world.org);
    if (!answer) throw new Error('there is no such fault');
    world.org.faults.push({ times: Number.POSITIVE_INFINITY, answer });
    const polled = await world.poll();
    expect(await codeOf(world)).toBe('OktaBadResponse');
    expect(polled).toEqual({ kind: 'done', dueAtMs: world.org.nowMs() + 5000 });
    world.org.faults.length = 0;
    world.passToNext(polled);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
    expect((await world.facts()).liveError).toBeNull();
  }

  it.each([
    ['has an error code of Okta', { body: '{"errorCode":"E0000011"}' }],
    ['could not be read', { body: '' }],
    ['has a request id of Okta', { body: '<html>', headers: { 'x-okta-request-id': 'reqA1' } }],
  ])('differs from a reply that %s', async (_, change) => {
    const world = await connectedWorld();
    const headers = { 'content-type': 'application/json' };
    answerAll(world, () => ({ status: 401, headers, ...change }));
    await world.poll();
    expect(await codeOf(world)).toBe('OktaTokenInvalid');
  });
});

describe('a name that no longer resolves', () => {
  it('is looked up again in seconds', async () => {
    const world = await connectedWorld();
    const heal = failToReach(world, 'name-not-found');
    const polled = await world.poll();
    expect(polled).toEqual({ kind: 'done', dueAtMs: world.org.nowMs() + 5000 });
    expect(await codeOf(world)).toBe('OktaUnreachable');
    heal();
    world.passToNext(polled);
    expect(await world.poll()).toMatchObject({ kind: 'done' });
  });
});

describe('a fault that lasts half an hour', () => {
  it('needs an operator when a name does not resolve', async () => {
    const world = await connectedWorld();
    failToReach(world, 'name-not-found');
    await pollFor(world, 20 * MINUTE);
    expect(await codeOf(world)).toBe('OktaUnreachable');
    await pollFor(world, 20 * MINUTE);
    expect(await codeOf(world)).toBe('OktaDomainNotFound');
  });

  it('needs an operator when a server other than Okta refuses', async () => {
    const world = await connectedWorld();
    answerAll(world, () => proxyPage());
    await pollFor(world, 45 * MINUTE);
    expect(await codeOf(world)).toBe('OktaPermissionDenied');
  });

  it('is not counted together with an earlier outage', async () => {
    const world = await connectedWorld();
    answerAll(world, () => world.org.error(503, 'E0000009', 'away'));
    await pollFor(world, 60 * MINUTE);
    world.org.faults.length = 0;
    answerAll(world, () => proxyPage());
    await world.poll();
    const code = await codeOf(world);
    expect(code && needsOperator(code)).toBe(false);
  });
});

describe('a server error', () => {
  it('that requests a wait is retried after it', async () => {
    const world = await connectedWorld();
    const error = world.org.error(503, 'E0000009', 'away');
    answerAll(world, () => ({ ...error, headers: { ...error.headers, 'retry-after': '42' } }));
    const polled = await world.poll();
    expect(polled).toEqual({ kind: 'done', dueAtMs: world.org.nowMs() + 42_000 });
  });
});
