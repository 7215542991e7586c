import type dns from 'node:dns';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { register } from '../../../shared/connectors/register.ts';
import type { Deps } from '../../../shared/deps.ts';
import { httpStatusOf } from '../../../shared/errors.ts';
import { createOktaTransport } from '../../../shared/okta/undici-transport.ts';
import { Token } from '../../../shared/token.ts';

const RULES = { oktaAllowedDomains: ['login.contoso.invalid'], oktaTestOrigins: [] };
const lookups: string[] = [];
/** Resolves no name and records the look-ups: no request leaves this computer. */
const lookup = ((name: string, _options: object, callback: (error: Error) => void) => {
  lookups.push(name);
  callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }));
}) as unknown as typeof dns.lookup;
const transport = createOktaTransport({ testOrigins: new Set(), version: 'test', lookup });
afterAll(() => transport.close());

const name = fc.stringMatching(/^[a-zA-Z0-9@:/?#[\]._%\\ -]{0,24}$/);
const domain = fc.oneof(
  name,
  name.map((text) => `${text}.okta.com`),
  name.map((text) => `${text}okta.com`),
  name.map((text) => `okta.com${text}`),
  name.map((text) => `contoso.okta.com${text}`),
  name.map((text) => `login.contoso.invalid${text}`),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6().map((address) => `[${address}]`),
  fc.string({ unit: 'binary' }),
);

/** A registration without stores: it must fail before it needs them. */
async function registered(domain: string) {
  const connectors = { get: async () => undefined };
  const deps = { config: RULES, transport, connectors } as unknown as Deps;
  const body = {
    domain,
    credential: new Token('secret'),
    backfillDays: 1,
    pollIntervalSeconds: 60,
  };
  const result = await register(deps, { id: 'contoso', caller: 'test' }, body);
  return result.ok ? undefined : result.problem;
}

it('a refused domain is never looked up, and only Okta hosts or listed hosts are', async () => {
  await fc.assert(
    fc.asyncProperty(domain, async (text) => {
      lookups.length = 0;
      const problem = await registered(text);
      if (problem && httpStatusOf(problem.code) === 400) expect(lookups).toEqual([]);
      else expect(problem?.code).toBe('OktaDomainNotFound');
      for (const host of lookups)
        expect(host).toMatch(/^([a-z0-9-]+\.)+okta\.com$|^login\.contoso\.invalid$/);
    }),
    { numRuns: 500 },
  );
  lookups.length = 0;
  await registered(' HTTPS://Contoso.Okta.com/api/v1/logs ');
  expect(lookups).toEqual(['contoso.okta.com']);
});
