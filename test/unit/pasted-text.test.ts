import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { registrationBody } from '../../shared/connectors/resource.ts';
import { parseOktaDomain } from '../../shared/okta/domain.ts';

const RULES = { oktaAllowedDomains: [], oktaTestOrigins: [] };
const TOKEN = '00bQ7vX-2nKcJ_example0example0example0exam';
const ZERO_WIDTH = '\u200b';

/** The token of a body, or the error. */
function tokenOf(pasted: string): string | undefined {
  const body = {
    domain: 'contoso.okta.com',
    credential: { kind: 'apiToken', token: pasted },
  };
  const parsed = registrationBody.safeParse(body);
  if (parsed.success) return parsed.data.credential?.reveal();
  return parsed.error.issues[0]?.message;
}

const hostOf = (pasted: string): string | undefined => {
  const parsed = parseOktaDomain(pasted, RULES);
  return parsed.ok ? parsed.value.host : undefined;
};

const around = fc.constantFrom(
  ...['', ' ', '\n', '\r\n', '\u00a0', '\ufeff', ZERO_WIDTH, ',', ';', ' ,'],
);
const quotes = fc.constantFrom('', '""', "''", '``', '“”', '‘’', '<>');
const pasted = (text: string) =>
  fc
    .tuple(fc.constantFrom('', ' ', '\n', '\ufeff', ZERO_WIDTH), quotes, around, quotes)
    .map(([before, outer, after, inner]) => {
      const quoted = `${inner.slice(0, 1)}${text}${inner.slice(1)}`;
      return `${before}${outer.slice(0, 1)}${quoted}${outer.slice(1)}${after}`;
    });

describe('a token', () => {
  it('is recognised in quotes, with a comma, and with white space and invisible characters around it', () => {
    const prefix = fc.constantFrom('', 'SSWS ', 'ssws  ', 'Bearer ', 'Authorization: SSWS ');
    fc.assert(
      fc.property(
        prefix.chain((before) => pasted(before + TOKEN)),
        (text) => tokenOf(text) === TOKEN,
      ),
    );
  });

  it('is recognised with an invisible character in it, and in quotes after its prefix', () => {
    expect(tokenOf(`${TOKEN.slice(0, 9)}${ZERO_WIDTH}${TOKEN.slice(9)}`)).toBe(TOKEN);
    expect(tokenOf(`Authorization: SSWS "${TOKEN}"`)).toBe(TOKEN);
  });

  it.each([
    ['', 'empty'],
    ['""', 'empty'],
    [`${TOKEN.slice(0, 9)}\n${TOKEN.slice(9)}`, 'line break'],
    ['00…', 'character that no token has'],
    [`${TOKEN}é`, 'character that no token has'],
    [`00"${TOKEN}`, 'quote'],
    ['0'.repeat(513), 'longer'],
  ])('%j is refused, and the error gives the reason but not the text', (text, why) => {
    const message = tokenOf(text) ?? '';
    expect(message).toContain(why);
    if (text.length > 5) expect(message).not.toContain(text.slice(2, 7));
  });
});

describe('a domain', () => {
  it('is recognised in quotes, with a comma, and with white space and invisible characters around it', () => {
    const address = fc.constantFrom('', 'https://');
    const tail = fc.constantFrom('', '/', '/app/UserHome?x=1');
    fc.assert(
      fc.property(
        fc
          .tuple(address, tail)
          .chain(([before, after]) => pasted(`${before}contoso.okta.com${after}`)),
        (text) => hostOf(text) === 'contoso.okta.com',
      ),
    );
  });

  it.each(['contoso okta.com', 'contoso.okta.com contoso.okta.com', '"contoso.okta.com'])(
    '%j is not a domain',
    (text) => expect(hostOf(text)).toBeUndefined(),
  );
});
