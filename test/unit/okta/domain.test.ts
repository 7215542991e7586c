import { describe, expect, it } from 'vitest';
import { parseOktaDomain } from '../../../shared/okta/domain.ts';

const rules = {
  oktaAllowedDomains: ['login.contoso.com'],
  oktaTestOrigins: ['http://127.0.0.1:9443'],
};
const parse = (text: string) => parseOktaDomain(text, rules);

describe('a pasted domain', () => {
  it.each([
    'contoso.okta.com',
    'https://contoso.okta.com',
    'HTTPS://Contoso.Okta.com/',
    'contoso.okta.com.',
    ' contoso.okta.com ',
    'https://contoso.okta.com/api/v1/logs?since=x',
  ])('%s is accepted', (text) => {
    expect(parse(text)).toMatchObject({
      ok: true,
      value: { host: 'contoso.okta.com', origin: 'https://contoso.okta.com', custom: false },
    });
  });

  it.each([
    'a.oktapreview.com',
    'a.okta-emea.com',
    'a.okta-gov.com',
    'a.okta.mil',
    'trial-1.okta.com',
  ])('%s is under a suffix of Okta', (text) => expect(parse(text)).toMatchObject({ ok: true }));

  it.each([
    'http://contoso.okta.com',
    '10.0.0.1',
    '127.0.0.1',
    '[::1]',
    'contoso.okta.com:8443',
    'user@contoso.okta.com',
    'contoso.okta.com@evil.test',
    '{yourOktaDomain}',
    'https://{yourOktaDomain}/api',
    'your-okta-domain.okta.com',
    'contoso.com.com',
    'contoso',
    '',
    'con_toso.okta.com',
    '-contoso.okta.com',
    'contoso..okta.com',
    'contoso.okta.com\u0000.evil.test',
    'contóso.okta.com',
    `${'a'.repeat(64)}.okta.com`,
  ])('%s is InvalidDomain', (text) => {
    expect(parse(text)).toMatchObject({
      ok: false,
      problem: { code: 'InvalidDomain', target: 'domain' },
    });
  });

  it.each(['contoso-admin.okta.com', 'https://contoso-admin.oktapreview.com/admin'])(
    '%s is refused as the admin console',
    (text) => {
      const parsed = parse(text);
      expect(parsed).toMatchObject({ ok: false, problem: { code: 'AdminDomain' } });
      if (!parsed.ok) expect(parsed.problem.remedy).toContain('without -admin');
    },
  );

  it.each([
    'contoso.com',
    'okta.com',
    'contoso.okta.com.evil.test',
    'evilokta.com',
    'sub.login.contoso.com',
    'xn--kta-tna.com',
  ])('%s is not allowed by default', (text) =>
    expect(parse(text)).toMatchObject({ ok: false, problem: { code: 'DomainNotAllowed' } }),
  );

  it('may be a listed custom domain, which its org must confirm', () => {
    expect(parse('login.contoso.com')).toMatchObject({ ok: true, value: { custom: true } });
  });

  it('may be a test origin, which keeps its scheme and port', () => {
    expect(parse('127.0.0.1:9443')).toMatchObject({
      ok: true,
      value: { host: '127.0.0.1:9443', origin: 'http://127.0.0.1:9443' },
    });
    expect(parse('127.0.0.1:9444')).toMatchObject({ ok: false });
  });

  it('is never repeated in a reply', () => {
    const parsed = parse('00secretTokenPastedHere');
    expect(JSON.stringify(parsed)).not.toContain('00secretToken');
    expect(JSON.stringify(parsed).toLowerCase()).not.toContain('00secrettoken');
  });
});
