/** After a change of domain, chains hold links of the old name (docs/okta.md, "Next links"). */
import { describe, expect, it } from 'vitest';
import { createWorld, settle, type World } from '../../support/world.ts';

const NEW_NAME = 'login.contoso.com';
const OLD_NAME = 'contoso.okta.com';

/** Gives the connector a new name. The old name is still verified, but no longer resolves. */
async function rename({ deps }: World): Promise<string[]> {
  const asked: string[] = [];
  const { send } = deps.transport;
  deps.transport = {
    send: async (request) => {
      asked.push(request.url.host);
      if (request.url.host === OLD_NAME)
        return { kind: 'unreachable', reason: 'refused', detail: '' };
      return await send(request);
    },
  };
  const stored = await deps.connectors.get('contoso');
  if (!stored) throw new Error('not connected');
  const names = { domain: NEW_NAME, origin: `https://${NEW_NAME}`, hosts: [NEW_NAME, OLD_NAME] };
  await deps.connectors.replace({ ...stored.connector, ...names }, stored.etag);
  return asked;
}

describe('after a change of domain', () => {
  it('every request goes to the new name, also for chains in the middle of their pages', async () => {
    const world = createWorld({ events: 3000, longestPage: 50, trickleEventsPerMinute: 5 });
    await world.connect();
    await world.poll();
    await world.work();
    const asked = await rename(world);
    world.pass(60_000);
    await settle(world);
    expect(new Set(asked)).toEqual(new Set([NEW_NAME]));
    expect((await world.facts()).liveError).toBeFalsy();
    expect((await world.facts()).backfillError).toBeFalsy();
    expect(await world.ledger()).toMatchObject({ state: 'Succeeded', gaps: [] });
  });

  it('a link back to the same page is recognised under the other name', async () => {
    const world = createWorld({ events: 0 });
    await world.connect({ backfillDays: 0 });
    await settle(world);
    await rename(world);
    world.pass(2 * 60_000);
    const before = world.requests();
    expect(await world.poll()).toMatchObject({ kind: 'done' });
    expect(world.requests() - before).toBe(1);
    expect((await world.live())?.nextUrl).toContain(`https://${NEW_NAME}/`);
  });
});
