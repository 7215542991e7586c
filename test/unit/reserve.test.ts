/** Requests of callers, however many, never use the customer's reserve of the limit. */
import { beforeEach, describe, expect, it } from 'vitest';
import { enable } from '../../shared/connectors/enable-disable.ts';
import { register, update } from '../../shared/connectors/register.ts';
import { pollNow } from '../../shared/connectors/resume-polling.ts';
import { testConnector } from '../../shared/connectors/test-connector.ts';
import { Governor } from '../../shared/okta/governor.ts';
import { Token } from '../../shared/token.ts';
import { aConnector } from '../support/samples.ts';
import { createWorld, TOKEN, type World } from '../support/world.ts';

const LIMIT = 40;
const RESERVE = 4;
/** A request of the world takes 200 ms: all of them fit into one window. */
const TIMES = 60;
const connector = aConnector();
const ADMIN = { id: connector.id, caller: 'admin' };

let world: World;
/** The requests that the org counts against its limit. */
let logRequests: number;
beforeEach(async () => {
  logRequests = 0;
  world = createWorld({ events: 10, limitPerMinute: LIMIT });
  const { transport } = world.deps;
  world.deps.transport = {
    send: async (request) => {
      if (request.url.pathname === '/api/v1/logs') logRequests++;
      return await transport.send(request);
    },
  };
  await world.connect();
});

async function repeated(what: () => Promise<unknown>): Promise<void> {
  for (let time = 0; time < TIMES; time++) await what();
}

describe('in a loop', () => {
  it('manual polls count as one poll per interval', async () => {
    await repeated(async () => {
      await pollNow(world.deps, connector);
      await world.poll();
    });
    expect(logRequests).toBe(1);
    world.pass(connector.pollIntervalSeconds * 1000);
    await pollNow(world.deps, connector);
    await world.poll();
    expect(logRequests).toBe(2);
  });

  it('due polls go below the floor once per interval', async () => {
    await repeated(async () => {
      await world.deps.status.merge(connector, { dueAtMs: 0 });
      await world.poll();
    });
    expect(LIMIT - logRequests).toBe(RESERVE - 1);
  });

  const probes: [string, () => Promise<any>][] = [
    ['a test', () => testConnector(world.deps, connector)],
    ['an enable', () => enable(world.deps, ADMIN)],
    [
      'a registration',
      () =>
        register(world.deps, ADMIN, {
          domain: connector.domain,
          credential: new Token(TOKEN),
          displayName: connector.displayName,
          backfillDays: connector.backfillDays,
          pollIntervalSeconds: connector.pollIntervalSeconds,
        }),
    ],
    [
      'a change of the credential',
      () => update(world.deps, ADMIN, { credential: new Token(TOKEN) }),
    ],
  ];

  it.each(probes)('%s stops at the floor, and reports when to retry', async (_what, probe) => {
    await repeated(probe);
    expect(LIMIT - logRequests).toBeGreaterThanOrEqual(RESERVE - 1);
    const result = await probe();
    const said = result.checks?.find(({ ok }: { ok: boolean }) => !ok)?.error ?? result.problem;
    expect(said).toMatchObject({
      code: 'OktaThrottled',
      remedy: expect.stringContaining('seconds'),
    });
    if (result.problem) expect(result.problem.retryAfterSeconds).toBeGreaterThan(0);
  });

  it.each(probes)('%s stops at the floor on another instance as well', async (_what, probe) => {
    await repeated(probe);
    const before = logRequests;
    world.deps.governor = new Governor();
    await probe();
    expect(logRequests).toBe(before);
  });
});
