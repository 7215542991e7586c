import { describe, expect, it } from 'vitest';
import { systemChance } from '../../../shared/chance.ts';
import { parseOktaDomain } from '../../../shared/okta/domain.ts';
import { findOrganization } from '../../../shared/okta/organization.ts';
import type { OktaTransport } from '../../../shared/okta/transport.ts';

const RULES = { oktaAllowedDomains: ['login.contoso.com'], oktaTestOrigins: [] };
const DATE = 'Mon, 23 Nov 2026 12:00:10 GMT';

/** Hosts, with the document of each. */
type Web = Record<string, { id: string; organization: string; alternate?: string }>;

function find(domain: string, web: Web) {
  const asked: string[] = [];
  const transport: OktaTransport = {
    send: async ({ url, token }) => {
      asked.push(url.host);
      expect(token).toBeUndefined();
      const shown = web[url.host];
      if (!shown) return { kind: 'unreachable', reason: 'name-not-found', detail: '' };
      const { id, organization, alternate } = shown;
      const _links = {
        organization: { href: `https://${organization}` },
        ...(alternate ? { alternate: { href: `https://${alternate}` } } : {}),
      };
      return {
        kind: 'reply',
        status: 200,
        headers: { date: DATE },
        body: Buffer.from(JSON.stringify({ id, pipeline: 'idx', _links })),
        receivedAtMs: Date.parse(DATE) + 5000,
      };
    },
  };
  const parsed = parseOktaDomain(domain, RULES);
  if (!parsed.ok) throw new Error(parsed.problem.message);
  const access = { transport, chance: systemChance };
  return findOrganization(access, parsed.value, RULES).then((found) => ({ found, asked }));
}

const OWN = { id: '00o1', organization: 'contoso.okta.com' };
const BOTH = { ...OWN, alternate: 'login.contoso.com' };

describe('the org behind a domain', () => {
  it('is found by its document, with the time of Okta', async () => {
    const { found } = await find('contoso.okta.com', { 'contoso.okta.com': OWN });
    expect(found).toEqual({
      ok: true,
      value: {
        orgId: '00o1',
        orgUrl: 'https://contoso.okta.com',
        hosts: ['contoso.okta.com'],
        dateMs: Date.parse(DATE),
      },
    });
  });

  it('may receive the token under its alternate name when both documents name each other', async () => {
    const web = { 'contoso.okta.com': BOTH, 'login.contoso.com': BOTH };
    const { found } = await find('contoso.okta.com', web);
    expect(found).toMatchObject({
      ok: true,
      value: { hosts: ['contoso.okta.com', 'login.contoso.com'] },
    });
  });

  it.each<[string, Web]>([
    ['does not answer', { 'contoso.okta.com': BOTH }],
    ['is another org', { 'contoso.okta.com': BOTH, 'login.contoso.com': { ...BOTH, id: '00o2' } }],
    [
      'does not name it back',
      {
        'contoso.okta.com': BOTH,
        'login.contoso.com': { id: '00o1', organization: 'login.contoso.com' },
      },
    ],
  ])('does not receive the token under its alternate name when that name %s', async (_why, web) => {
    const { found } = await find('contoso.okta.com', web);
    expect(found).toMatchObject({ ok: true, value: { hosts: ['contoso.okta.com'] } });
  });

  it('may be registered by a custom name that its Okta host confirms', async () => {
    const web = { 'contoso.okta.com': BOTH, 'login.contoso.com': BOTH };
    const { found } = await find('login.contoso.com', web);
    expect(found).toMatchObject({ ok: true, value: { orgUrl: 'https://contoso.okta.com' } });
  });

  it.each<[string, Web]>([
    [
      'no Okta host confirms it',
      { 'login.contoso.com': { id: '00o1', organization: 'login.contoso.com' } },
    ],
    ['the Okta host names another', { 'login.contoso.com': BOTH, 'contoso.okta.com': OWN }],
    [
      'the voucher is no host of Okta',
      {
        'login.contoso.com': {
          id: '00o1',
          organization: 'evil.test',
          alternate: 'login.contoso.com',
        },
        'evil.test': { id: '00o1', organization: 'evil.test', alternate: 'login.contoso.com' },
      },
    ],
  ])('is not found by a custom name for which %s', async (_why, web) => {
    const { found } = await find('login.contoso.com', web);
    expect(found).toMatchObject({ ok: false, problem: { code: 'NotAnOktaOrg' } });
  });

  it("is not the org that an impostor's document names", async () => {
    const web = { 'contoso.okta.com': { id: '00o2', organization: 'fabrikam.okta.com' } };
    const { found } = await find('contoso.okta.com', web);
    expect(found).toMatchObject({ ok: false, problem: { code: 'NotAnOktaOrg' } });
  });
});
