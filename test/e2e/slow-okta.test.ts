/** A slow Okta org does not delay other connectors or callers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { type Lab, type LabHost, startLab, startLabOrg } from '../support/lab.ts';
import { register } from '../support/stack.ts';

let org: OrgServer;
let lab: Lab;
let host: LabHost;

beforeAll(async () => {
  org = await startLabOrg({ events: 10 });
  lab = await startLab([org]);
  host = await lab.startHost();
  await register(host, 'contoso', org);
});
afterAll(() => lab.close());

describe('an org that never answers', () => {
  it('never delays a call for twenty seconds', async () => {
    const hang = {
      times: 1e6,
      matches: ({ url }: { url: string }) => url.includes('/api/v1/logs'),
    };
    org.org.faults.push({
      ...hang,
      answer: (_request, proper) => ({ ...proper(), wire: 'hang' }),
    });
    const credential = { kind: 'apiToken', token: '00another' };
    const calls = await Promise.all(
      (
        [
          ['PUT', '', { domain: org.host, credential }],
          ['PATCH', '', { credential }],
          ['POST', '/enable'],
          ['POST', '/test'],
        ] as const
      ).map(async ([method, path, body]) => {
        const reply = await fetch(`${host.url}/api/connectors/contoso${path}`, {
          method,
          signal: AbortSignal.timeout(20_000),
          ...(body
            ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
            : {}),
        });
        return [method + path, reply.status, (await reply.json()) as any] as const;
      }),
    );
    org.org.faults.length = 0;
    for (const [what, status, body] of calls) {
      if (what !== 'POST/test') {
        expect([what, status, body.error.code]).toEqual([what, 504, 'OktaTimeout']);
        continue;
      }
      const failed = body.checks.filter(({ ok }: any) => !ok);
      expect(failed[0]).toMatchObject({ name: 'logsRead', error: { code: 'OktaTimeout' } });
    }
  });
});
