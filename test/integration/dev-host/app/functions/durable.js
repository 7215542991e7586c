import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { app } from '@azure/functions';
import * as df from 'durable-functions';

df.app.activity('double', { handler: (n) => n * 2 });
df.app.activity('fails', {
  handler: () => {
    throw new Error('the activity fails on purpose');
  },
});
/** Notes each of its runs in a file, and lasts while another file is there. */
df.app.activity('slow', {
  handler: async ({ noteFile, holdFile }) => {
    fs.appendFileSync(noteFile, 'run\n');
    while (fs.existsSync(holdFile)) await delay(20);
    return 'slow done';
  },
});

df.app.orchestration('fan-out', function* (context) {
  const numbers = context.df.getInput();
  const tasks = numbers.map((n) => context.df.callActivity('double', n));
  const doubled = yield context.df.Task.all(tasks);
  return doubled.reduce((sum, n) => sum + n, 0);
});
df.app.orchestration('sequence', function* (context) {
  let n = 1;
  for (let step = 0; step < 5; step++) n = yield context.df.callActivity('double', n);
  return n;
});
df.app.orchestration('sleeps', function* (context) {
  const started = context.df.currentUtcDateTime.getTime();
  context.df.setCustomStatus({ phase: 'asleep' });
  yield context.df.createTimer(new Date(started + 1500));
  context.df.setCustomStatus({ phase: 'awake' });
  return context.df.currentUtcDateTime.getTime() - started;
});
df.app.orchestration('race', function* (context) {
  const far = context.df.createTimer(new Date(context.df.currentUtcDateTime.getTime() + 3_600_000));
  const near = context.df.callActivity('double', 21);
  const winner = yield context.df.Task.any([far, near]);
  if (winner === near) far.cancel();
  return winner.result;
});
df.app.orchestration('counts-down', function* (context) {
  const { left, sum } = context.df.getInput();
  if (left === 0) return sum;
  const doubled = yield context.df.callActivity('double', left);
  context.df.continueAsNew({ left: left - 1, sum: sum + doubled });
});
df.app.orchestration('catches', function* (context) {
  try {
    yield context.df.callActivity('fails');
  } catch (error) {
    return `caught: ${error.message}`;
  }
});
df.app.orchestration('fails-itself', function* (context) {
  yield context.df.callActivity('double', 1);
  throw new Error('the orchestrator fails on purpose');
});
df.app.orchestration('waits', function* (context) {
  const answer = yield context.df.waitForExternalEvent('answer');
  return `heard ${answer}`;
});
df.app.orchestration('calls-slow', function* (context) {
  const input = context.df.getInput();
  const before = yield context.df.callActivity('double', 2);
  const slow = yield context.df.callActivity('slow', input);
  return `${before} ${slow}`;
});

/** The durable client over HTTP: `?do=startNew&id=…`, answered with its result or its error. */
app.http('durable', {
  methods: ['POST'],
  route: 'durable/{verb}/{id}',
  authLevel: 'anonymous',
  extraInputs: [df.input.durableClient()],
  handler: async (request, context) => {
    const client = df.getClient(context);
    const { verb, id } = request.params;
    const body = await request.json();
    const calls = {
      start: () => client.startNew(body.name, { instanceId: id, input: body.input }),
      status: () => client.getStatus(id),
      terminate: () => client.terminate(id, body.reason),
      suspend: () => client.suspend(id, 'test'),
      resume: () => client.resume(id, 'test'),
      raise: () => client.raiseEvent(id, body.event, body.data),
      purge: () => client.purgeInstanceHistory(id),
    };
    try {
      return { jsonBody: { result: (await calls[verb]()) ?? null } };
    } catch (error) {
      return { jsonBody: { error: error.message } };
    }
  },
});
