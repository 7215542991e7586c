/** Backfills that an operator starts after the first. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectError } from '../support/calls.ts';
import { type ConnectedLab, startConnectedLab } from '../support/lab.ts';
import { failWith, heal, isPage } from '../support/row-org.ts';
import { polledUntil } from '../support/stack.ts';

const PATH = '/api/connectors/contoso/backfills';
let connected: ConnectedLab;

beforeAll(async () => {
  connected = await startConnectedLab({ events: 40 });
});
afterAll(() => connected?.lab.close());

const call = (method: string, path: string, body?: object) =>
  connected.host.call(method, path, body);

it('a verify may cover a range that begins before the first backfill', async () => {
  const from = new Date(Date.now() - 70 * 86_400_000).toISOString();
  const started = await call('POST', PATH, { from, mode: 'verify' });
  expect(started.status).toBe(202);
  const { pathname } = new URL(started.headers.get('location') ?? '');
  expect(pathname).toBe(`${PATH}/${started.body.id}`);
  expectError(await call('POST', PATH), 409, 'BackfillAlreadyRunning');
  // Live may be about to read missing events: a verify ends when live has caught up after it.
  const view = await polledUntil(connected.host, 'contoso', 'the verify to end', async () => {
    const { body } = await call('GET', pathname);
    return body.state === 'Running' ? undefined : body;
  });
  expect(view).toMatchObject({ mode: 'verify', state: 'Succeeded', missing: 0, from });
  expect(view.percentComplete).toBe(100);
  expectError(await call('POST', `${pathname}/cancel`), 409, 'BackfillFinished');
  const { body: list } = await call('GET', PATH);
  expect(list.value.map(({ id }: { id: string }) => id)).toEqual([started.body.id, '0001']);
});

it('a backfill is refused when Okta keeps nothing of its range, or its range is empty', async () => {
  const past = { from: '2020-01-01T00:00:00Z', to: '2020-02-01T00:00:00Z' };
  expectError(await call('POST', PATH, past), 422, 'RangeOutsideRetention');
  const turned = { from: '2026-11-02T00:00:00Z', to: '2026-11-01T00:00:00Z' };
  expectError(await call('POST', PATH, turned), 400, 'InvalidRequest');
  expectError(await call('POST', PATH, { from: 'yesterday' }), 400, 'InvalidRequest');
  expectError(await call('GET', `${PATH}/9999`), 404, 'BackfillNotFound');
});

it('a backfill can be canceled while it runs', async () => {
  failWith(connected.org, '503', isPage);
  const { body } = await call('POST', PATH);
  const canceled = await call('POST', `${PATH}/${body.id}/cancel`);
  heal(connected.org);
  expect(canceled).toMatchObject({ status: 202, body: { state: 'Canceled' } });
});
