/**
 * Arbitrary requests to every route of the served document: each gets a reply in the contract's
 * shape, never 500, and without an echo of a secret pasted into the wrong place.
 */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { anyRequest, ORG, PLANTED, segment } from '../support/fuzz-requests.ts';
import { type Lab, type LabHost, startConnectedLab } from '../support/lab.ts';

const SECRET = `whsec_${Buffer.from('f'.repeat(32)).toString('base64')}`;
/** Every test run sends the same requests; `FUZZ_SEED=random` sends others. The seed is printed. */
const { FUZZ_SEED = '1', FUZZ_SECONDS } = process.env;
const SEED = FUZZ_SEED === 'random' ? Date.now() % 2 ** 31 : Number(FUZZ_SEED);
const SECONDS = Number(FUZZ_SECONDS ?? 20);

interface Operation {
  method: string;
  template: string;
  queries: string[];
  bodied: boolean;
}

let org: OrgServer;
let lab: Lab;
let host: LabHost;
let operations: Operation[];

beforeAll(async () => {
  const env = { WEBHOOK_SECRETS: SECRET, POLL_SCHEDULE: '0 * * * * *' };
  ({ lab, host, org } = await startConnectedLab({ events: 30 }, env));
  const { body } = await host.call('GET', '/api/openapi.json');
  operations = Object.entries<any>(body.paths).flatMap(([template, methods]) =>
    Object.entries<any>(methods).map(([method, { parameters = [], requestBody }]) => ({
      bodied: requestBody !== undefined,
      method: method.toUpperCase(),
      template,
      queries: parameters.filter((one: any) => one.in === 'query').map((one: any) => one.name),
    })),
  );
});
afterAll(() => lab.close());

/** Fails a call that exceeds the longest allowed time. */
async function withinTwentySeconds<T>(work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const tooLate = delay(20_000, undefined, { signal: done.signal }).then(() => {
    throw new Error('it hangs');
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    done.abort();
  }
}

type AnyRequest = typeof anyRequest extends fc.Arbitrary<infer R> ? R : never;

/** The route with values for its parameters; undefined when the path would match another route. */
function targetOf({ method, template, queries }: Operation, one: AnyRequest): string | undefined {
  // The existing connector is kept.
  const id = method === 'DELETE' && one.id === 'contoso' ? 'fuzzed' : one.id;
  const path = template
    .replace('{id}', () => segment(id))
    .replace(/\{(?:backfillId|uuid)\}/, () => segment(one.backfillId));
  if (/\/(\.|%2e){1,2}(\/|$)/i.test(path)) return undefined;
  const query = new URLSearchParams();
  for (const [name, value] of one.query) {
    const known = typeof name === 'number' ? queries[name % queries.length] : name;
    query.append((known ?? 'x').toWellFormed(), value.toWellFormed());
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function signed(body: string): Record<string, string> {
  const now = new Date();
  const id = `fuzz-${body.length}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(SECRET).sign(id, now, body),
  };
}

it(`any request is answered according to the contract (seed ${SEED})`, {
  timeout: 120_000,
}, async () => {
  const statuses = new Set<number>();
  const routes = new Set<string>();
  const answered = fc.asyncProperty(anyRequest, async (one) => {
    const all = one.bodied ? operations.filter(({ bodied }) => bodied) : operations;
    const operation = all[one.which % all.length] as Operation;
    const { method, template } = operation;
    const target = targetOf(operation, one);
    if (target === undefined) return;
    const orgHost = org.host;
    const body = one.body.toWellFormed().replaceAll(ORG, orgHost);
    const headers = {
      ...one.headers,
      'content-type': one.contentType,
      ...(one.signed && template.endsWith('/portal') ? signed(body) : {}),
    };
    const withBody = !['GET', 'OPTIONS', 'DELETE'].includes(method);
    // Every reply is also checked against the document.
    const reply = await withinTwentySeconds(
      host.send(method, target, withBody ? body : undefined, headers),
    );
    routes.add(`${method} ${template}`);
    statuses.add(reply.status);
    expect(reply.status).toBeLessThan(500);
    if (reply.status < 400) return;
    const told = JSON.stringify([reply.body, [...reply.headers]]).toLowerCase();
    expect(told).not.toContain(PLANTED.toLowerCase());
  });
  const limits = { interruptAfterTimeLimit: SECONDS * 1000, numRuns: 1_000_000 };
  await fc.assert(answered, { ...limits, seed: SEED });
  // The number of requests depends on the machine, but every kind must occur.
  expect(routes.size).toBeGreaterThan(operations.length / 2);
  expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 404]));
  expect((await host.call('GET', '/api/connectors/contoso')).status).toBe(200);
});
