import fc from 'fast-check';
import httpLinkHeader from 'http-link-header';
import { describe, expect, it } from 'vitest';
import { parseNextLink } from '../../../shared/okta/link-header.ts';
import { sharedJson } from '../../support/shared-data.ts';

const HOSTS = new Set(['example.okta.com', 'login.example.com']);
const BASE = new URL('https://example.okta.com/api/v1/logs');
const vectors = sharedJson('link-and-ratelimit-vectors.json');
const linkVectors: any[] = vectors?.link_header ?? [];

describe('the next link', () => {
  it.skipIf(!vectors).each(linkVectors)('$name', ({ in: header, expect: wanted }) => {
    const link = parseNextLink(header ?? undefined, BASE, HOSTS);
    if (wanted.reject) expect(link.kind).toBe('refused');
    else if (wanted.next === null) expect(link).toEqual({ kind: 'none' });
    else expect(link).toEqual({ kind: 'next', url: wanted.next });
  });

  it('is found among several header fields', () => {
    const url = 'https://example.okta.com/api/v1/logs?after=1';
    const fields = [`<${BASE}>; rel="self"`, `<${url}>; rel="next"`];
    expect(parseNextLink(fields, BASE, HOSTS)).toEqual({ kind: 'next', url });
  });

  it("is not taken from another parameter's text", () => {
    const header = '<https://example.okta.com/api/v1/logs>; title="; rel=next"; rel="self"';
    expect(parseNextLink(header, BASE, HOSTS)).toEqual({ kind: 'none' });
  });

  it('never leads to a foreign host, and parsing never throws', () => {
    const part = fc.constantFrom('<', '>', ';', ',', '"', '\\', ' ', 'rel=next', 'rel="next"');
    const url = fc.oneof(
      fc.webUrl(),
      fc.constantFrom(
        'https://example.okta.com/api/v1/logs?after=1',
        '//evil.test/api/v1/logs',
        '/api/v1/logs',
      ),
    );
    const header = fc.array(fc.oneof(part, url, fc.string())).map((parts) => parts.join(''));
    fc.assert(
      fc.property(header, (text) => {
        const link = parseNextLink(text, BASE, HOSTS);
        if (link.kind === 'next') expect(HOSTS).toContain(new URL(link.url, BASE).host);
      }),
      { numRuns: 1000 },
    );
  });

  it('agrees with another parser on well-formed headers', () => {
    const relation = fc.constantFrom('self', 'next', 'prev', 'first');
    const links = fc.array(fc.tuple(fc.nat(99), relation), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(links, (list) => {
        const header = list
          .map(([n, rel]) => `<https://example.okta.com/api/v1/logs?after=${n}>; rel="${rel}"`)
          .join(', ');
        const link = parseNextLink(header, BASE, HOSTS);
        const other = httpLinkHeader.parse(header).rel('next')[0]?.uri;
        expect(link.kind === 'next' ? link.url : undefined).toBe(other);
      }),
    );
  });

  it('is found in one pass: hostile headers take only linear time', () => {
    for (const hostile of [
      '<'.repeat(200_000),
      '<>'.repeat(100_000),
      `<a>${';rel'.repeat(60_000)}`,
      `<a>${'; x="'.repeat(50_000)}`,
    ])
      expect(parseNextLink(hostile, BASE, HOSTS).kind).not.toBe('next');
  });
});
