/** The host dies at every named step of a registration, of the rotation of a token, and of a delete. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DELETE, REGISTRATION, ROTATION } from '../support/crash-cases.ts';
import { CrashLab, KILLS_WITHIN_MS } from '../support/crash-lab.ts';
import { register, until } from '../support/stack.ts';

const NEW_TOKEN = '00tokenAfterRotation000000000000000000000';
const idsOf = (cases: { id: string }[]) => cases.map(({ id }) => id);
let crash: CrashLab;

beforeAll(async () => {
  crash = await CrashLab.start([...REGISTRATION, ...ROTATION, ...DELETE], { backfillDays: 4 });
  const prepared = idsOf([...ROTATION, ...DELETE]);
  await Promise.all(prepared.map((id) => crash.put(id)));
  await crash.allSettled(prepared);
  for (const one of ROTATION) {
    crash.orgOf(one.id).org.options.tokens.push(NEW_TOKEN);
    const credential = { kind: 'apiToken', token: NEW_TOKEN };
    await crash.killedAt(one, () => crash.call('PATCH', one.id, { credential }));
  }
  for (const one of DELETE)
    await crash.killedAt(one, () => crash.call('DELETE', `${one.id}?purgeEvents=true`));
  for (const one of REGISTRATION) await crash.killedAt(one, () => crash.put(one.id));
  await crash.allSettled(idsOf([...REGISTRATION, ...ROTATION]));
  await crash.restart();
}, KILLS_WITHIN_MS);
afterAll(() => crash?.close());

describe.concurrent('after the host was killed', () => {
  it.each(REGISTRATION)('$when $step ($id), the promise is kept', async ({ id }) => {
    await crash.keepsThePromise(id);
  });

  it.each(ROTATION)('$when $step, the connector polls with the new token', async ({ id }) => {
    await crash.keepsThePromise(id);
    crash.orgOf(id).org.options.tokens.splice(0, 1);
    await crash.call('POST', `${id}/poll`);
    const { lastSuccessAt } = (await crash.statusOf(id)).live;
    const after = await until('another poll', async () => {
      const status = await crash.statusOf(id);
      return status.live.lastSuccessAt > lastSuccessAt ? status : undefined;
    });
    expect(after).toMatchObject({ status: 'Connected', lastError: null });
  });

  it.each(DELETE)('$when $step, no data of the connector remains', async ({ id }) => {
    expect((await crash.host.call('GET', `/api/connectors/${id}`)).status).toBe(404);
    await until('its secret to be gone', async () => {
      await crash.host.runTimer('housekeeping');
      return crash.secretsOf(id).length === 0 ? true : undefined;
    });
    const again = await register(crash.host, `${id}-2`, crash.orgOf(id));
    expect(again.status).toBe(201);
  });
});
