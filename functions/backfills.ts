/** Backfills over HTTP: start, list, show, cancel. */
import { backfillBody, requestBackfill } from '../shared/backfill/request-backfill.ts';
import { cancelBackfill } from '../shared/backfill/start.ts';
import { type Problem, ProblemError } from '../shared/errors.ts';
import type { Services } from '../shared/services.ts';
import { slicesOf } from '../shared/status/read-status.ts';
import { backfillView } from '../shared/status/view.ts';
import { route } from './http/route.ts';
import { changeRequest, connectorOf, connectorToActOn, orRefused } from './http/target.ts';
import { backfillUrl } from './http/urls.ts';
import { backfillList, backfillState } from './schemas/status.ts';

const ONE = { schema: backfillState, headers: { Location: 'Where its state is shown.' } };

route('backfill-start', {
  method: 'POST',
  path: 'api/connectors/{id}/backfills',
  role: 'Operator',
  durable: true,
  action: 'backfill.start',
  summary: 'Read a range of time again: store missing events, or verify that none is missing',
  conditions: ['If-Match'],
  body: backfillBody,
  example: { mode: 'verify' },
  replies: { 202: { description: 'The backfill was started.', ...ONE } },
  errors: [
    'ConnectorDisabled',
    'BackfillAlreadyRunning',
    'RangeOutsideRetention',
    'OktaTokenInvalid',
  ],
  handle: async (request, { context, services, caller, note, body }) => {
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    const requested = await requestBackfill(services, connector, body, context.invocationId);
    const backfillId = orRefused(requested);
    note(`${body.mode} ${backfillId}`);
    return await accepted(services, connector.id, backfillId);
  },
});

route('backfill-list', {
  method: 'GET',
  path: 'api/connectors/{id}/backfills',
  role: 'Reader',
  summary: 'List the backfills, the latest first',
  replies: { 200: { description: 'The backfills.', schema: backfillList } },
  handle: async (request, { services }) => {
    const { id } = await connectorOf(services, request.params.id);
    return { jsonBody: { value: (await backfillViews(services, id)).toReversed() } };
  },
});

route('backfill-get', {
  method: 'GET',
  path: 'api/connectors/{id}/backfills/{backfillId}',
  role: 'Reader',
  summary: 'Show a backfill',
  replies: { 200: { description: 'The backfill.', schema: backfillState } },
  errors: ['BackfillNotFound'],
  handle: async (request, { services }) => {
    const { id } = await connectorOf(services, request.params.id);
    return { jsonBody: await existing(services, id, request.params.backfillId ?? '') };
  },
});

route('backfill-cancel', {
  method: 'POST',
  path: 'api/connectors/{id}/backfills/{backfillId}/cancel',
  role: 'Operator',
  action: 'backfill.cancel',
  summary: 'Cancel a backfill; its stored events are kept',
  conditions: ['If-Match'],
  replies: { 202: { description: 'The backfill is being canceled.', ...ONE } },
  errors: ['BackfillNotFound', 'BackfillFinished'],
  handle: async (request, { services, caller, note }) => {
    const connector = await connectorToActOn(services, changeRequest(request, caller));
    const { id } = connector;
    const backfillId = request.params.backfillId ?? '';
    const before = await existing(services, id, backfillId);
    if (!(await cancelBackfill(services, connector, before.id)))
      throw new ProblemError(BACKFILL_FINISHED);
    note(before.id);
    return await accepted(services, id, before.id);
  },
});

async function accepted(services: Services, id: string, backfillId: string) {
  const jsonBody = await existing(services, id, backfillId);
  const headers = { Location: backfillUrl(services.config, id, backfillId) };
  return { status: 202 as const, jsonBody, headers };
}

async function existing(services: Services, id: string, backfillId: string) {
  const view = (await backfillViews(services, id)).find((one) => one.id === backfillId);
  if (!view) throw new ProblemError(BACKFILL_NOT_FOUND);
  return view;
}

/** Oldest first. */
async function backfillViews({ checkpoints, storageClock }: Services, id: string) {
  const { ledgers, slices } = await checkpoints.snapshot(id);
  const nowMs = storageClock.nowMs();
  return ledgers.map((one) => backfillView(one, slicesOf(one.backfillId, slices), nowMs));
}

const BACKFILL_NOT_FOUND: Problem = {
  code: 'BackfillNotFound',
  message: 'This connector has no backfill with this id.',
  remedy: 'Check the id in the list of its backfills (GET …/backfills).',
};

const BACKFILL_FINISHED: Problem = {
  code: 'BackfillFinished',
  message: 'The backfill has already ended.',
  remedy: 'No action is needed.',
};
