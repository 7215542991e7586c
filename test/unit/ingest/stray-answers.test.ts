/** One answer that Okta may not have given says nothing about the connector; many in a row do. */
import { describe, expect, it } from 'vitest';
import type { OrgReply } from '../../../dev/demo-org/org.ts';
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

/** A page of a proxy or of a firewall: no error code of Okta, no request id of Okta. */
const proxyPage = (status: number, type = 'text/html', body = '<h1>Blocked</h1>'): OrgReply => ({
  status,
  headers: { 'content-type': type, via: '1.1 proxy.example' },
  body,
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

/** Polls when it is due, for so long. */
async function pollFor(world: World, ms: number): Promise<void> {
  const untilMs = world.deps.clock.nowMs() + ms;
  while (world.deps.clock.nowMs() < untilMs) {
    const polled = await world.poll();
    world.pass(polled.kind === 'again' ? polled.delaySeconds * 1000 : MINUTE);
  }
}

const codeOf = async (world: World) => (await world.facts()).liveError?.problem.code;

describe('one answer that is not Okta’s', () => {
  it.each([
    [401, proxyPage(401)],
    [403, proxyPage(403)],
    [404, proxyPage(404)],
    [407, proxyPage(407)],
    [403, proxyPage(403, 'application/json', '{"reason":"policy"}')],
  ])('with status %i is retried, and needs nobody', async (_status, reply) => {
    const world = await connectedWorld();
    answerAll(world, () => reply);
    const polled = await world.poll();
    expect(await codeOf(world)).toBe('OktaBadResponse');
    expect(polled).toMatchObject({ kind: 'again', delaySeconds: 5 });
    world.org.faults.length = 0;
    world.pass(5000);
    expect(await world.poll()).toEqual({ kind: 'done' });
    expect((await world.facts()).liveError).toBeNull();
  });

  it.each([
    ['has an error code of Okta', { body: '{"errorCode":"E0000011"}' }],
    ['could not be read', { body: '' }],
    ['has a request id of Okta', { body: '<html>', headers: { 'x-okta-request-id': 'reqA1' } }],
  ])('is told from one that %s', async (_, change) => {
    const world = await connectedWorld();
    const headers = { 'content-type': 'application/json' };
    answerAll(world, () => ({ status: 401, headers, ...change }));
    await world.poll();
    expect(await codeOf(world)).toBe('OktaTokenInvalid');
  });
});

describe('a name that is not found any more', () => {
  it('is looked up again in seconds', async () => {
    const world = await connectedWorld();
    const heal = failToReach(world, 'name-not-found');
    expect(await world.poll()).toMatchObject({ kind: 'again', delaySeconds: 5 });
    expect(await codeOf(world)).toBe('OktaUnreachable');
    heal();
    world.pass(5000);
    expect(await world.poll()).toEqual({ kind: 'done' });
  });
});

describe('what stays so for half an hour', () => {
  it('needs an operator: a name that is not found', async () => {
    const world = await connectedWorld();
    failToReach(world, 'name-not-found');
    await pollFor(world, 20 * MINUTE);
    expect(await codeOf(world)).toBe('OktaUnreachable');
    await pollFor(world, 20 * MINUTE);
    expect(await codeOf(world)).toBe('OktaDomainNotFound');
  });

  it('needs an operator: a refusal that is not Okta’s', async () => {
    const world = await connectedWorld();
    answerAll(world, () => proxyPage(403));
    await pollFor(world, 45 * MINUTE);
    expect(await codeOf(world)).toBe('OktaPermissionDenied');
  });

  it('is not what an outage was before it', async () => {
    const world = await connectedWorld();
    answerAll(world, () => world.org.error(503, 'E0000009', 'away'));
    await pollFor(world, 60 * MINUTE);
    world.org.faults.length = 0;
    answerAll(world, () => proxyPage(403));
    await world.poll();
    const code = await codeOf(world);
    expect(code && needsOperator(code)).toBe(false);
  });
});
