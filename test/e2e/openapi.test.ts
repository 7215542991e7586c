import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractChecker } from '../support/contract.ts';
import { CONTRACT_ROWS } from '../support/contract-rows.ts';
import {
  type Org,
  ROOT,
  register,
  type Stack,
  settled,
  startOrg,
  startStack,
  TOKEN,
  tempDir,
} from '../support/stack.ts';

let org: Org;
let stack: Stack;
let document: any;

beforeAll(async () => {
  org = await startOrg(['--events', '500']);
  stack = await startStack({ dataDir: tempDir('openapi'), org });
  ({ body: document } = await stack.call('GET', '/api/openapi.json'));
});
afterAll(async () => {
  await stack?.stop();
  await org?.stop();
});

interface Example {
  method: string;
  template: string;
  operation: any;
}

const operations = (): Example[] =>
  Object.entries<any>(document.paths).flatMap(([template, methods]) =>
    Object.entries<any>(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      template,
      operation,
    })),
  );

/** The example from the document, with the name of the test's org. */
async function execute({ method, template, operation }: Example) {
  const parameters: any[] = operation.parameters ?? [];
  const exampleOf = ({ schema, example }: any) => example ?? schema.example ?? schema.examples?.[0];
  let target = template;
  for (const one of parameters.filter((parameter) => parameter.in === 'path'))
    target = target.replace(`{${one.name}}`, exampleOf(one));
  const query = new URLSearchParams();
  for (const one of parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.required,
  ))
    query.set(one.name, exampleOf(one));
  const [type, content] = Object.entries<any>(operation.requestBody?.content ?? {})[0] ?? [];
  const text = JSON.stringify(content?.example)
    ?.replace('contoso.okta.com', org.host)
    .replace('00exampleOfATokenFromOkta', TOKEN)
    .replace('2026-11-01T00:00:00.000Z', new Date(Date.now() - 86_400_000).toISOString());
  const body = text === undefined ? undefined : JSON.parse(text);
  const headers = type ? { 'content-type': type } : {};
  return await stack.call(method, `${target}${query.size > 0 ? `?${query}` : ''}`, body, headers);
}

describe('the OpenAPI document', () => {
  it('contains exactly the rows of the contract', () => {
    expect(
      operations()
        .map(({ method, template }) => `${method} ${template}`)
        .toSorted(),
    ).toEqual(CONTRACT_ROWS.map(({ method, template }) => `${method} ${template}`).toSorted());
  });

  it('passes the linter', () => {
    const file = path.join(tempDir('openapi'), 'openapi.json');
    fs.writeFileSync(file, JSON.stringify(document, null, 2));
    const cli = path.join(ROOT, 'node_modules', '@redocly', 'cli', 'bin', 'cli.js');
    const args = [cli, 'lint', file, '--config', path.join(ROOT, 'redocly.yaml')];
    const env = {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    };
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(stderr).toContain('valid');
  });

  it('contains only valid examples', async () => {
    const all = operations();
    const first = all.filter(({ method }) => method === 'PUT');
    const last = all.filter(({ method }) => method === 'DELETE');
    const between = all.filter((one) => !first.includes(one) && !last.includes(one));
    const order = {
      'event-hook-make': 0,
      'connector-rewind': 0,
      'backfill-start': 1,
      'connector-disable': 3,
      'connector-enable': 4,
    };
    const rank = ({ operation }: Example) =>
      order[operation.operationId as keyof typeof order] ?? 2;
    const startsBackfill = ['connector-put', 'connector-rewind'];
    const answers: Record<string, number> = {};
    for (const one of [...first, ...between.toSorted((a, b) => rank(a) - rank(b)), ...last]) {
      const { operationId } = one.operation;
      // `call` checks every reply against the document.
      answers[operationId] = (await execute(one)).status;
      if (startsBackfill.includes(operationId)) await settled(stack, 'contoso');
    }
    const unsuccessful = Object.entries(answers).filter(([, status]) => status >= 300);
    expect(Object.fromEntries(unsuccessful)).toEqual({
      // The first backfill has ended; and the example is not signed.
      'backfill-cancel': 409,
      // No event has the id of the example.
      'event-get': 404,
      'event-raw': 404,
      'webhook-portal': 401,
      // No event hook has the reference of the example.
      'okta-hook-verify': 401,
      'okta-hook-ring': 401,
    });
  });
});

it('the check detects a reply that is not in the document', async () => {
  await register(stack, 'contoso', org);
  const real = structuredClone(document);
  delete document.components.schemas.Connector.properties.orgId;
  const { status, headers, body } = await stack.call('GET', '/api/connectors/contoso');
  const seen = { method: 'GET', path: '/api/connectors/contoso', status, headers, body };
  expect(() => contractChecker(document)(seen)).toThrow('additional properties');
  expect(() => contractChecker(real)(seen)).not.toThrow();
});
