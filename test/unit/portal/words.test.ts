import { describe, expect, it } from 'vitest';
import { filtersOf, queryOf } from '../../../portal/activity/filters.ts';
import { CALLS, ownPath, pathOf } from '../../../portal/api/paths.ts';
import {
  fieldOf,
  holderIn,
  idFor,
  reasonText,
  remedyFor,
  withoutAdmin,
} from '../../../portal/words/error-help.ts';
import { plainText, visibleLines } from '../../../portal/words/plain-text.ts';
import { worstFirst } from '../../../portal/words/status-words.ts';
import { STATUS_NAMES } from '../../../shared/enumerations.ts';
import { orgTaken } from '../../../shared/problems.ts';
import { CONTRACT_ROWS } from '../../support/contract-rows.ts';
import { NOW } from '../../support/samples.ts';

describe('the calls of the page', () => {
  it('are routes of the contract', () => {
    const rows = CONTRACT_ROWS.map(({ method, template }) => `${method} ${template}`);
    for (const [method, template] of Object.values(CALLS))
      expect(rows).toContain(`${method} ${template}`);
  });

  it('have their parameters escaped, and no empty ones', () => {
    const path = pathOf('raw', { id: 'contoso', uuid: 'a/../b' }, { published: 'x', q: '' });
    expect(path).toBe('/api/connectors/contoso/events/a%2F..%2Fb/raw?published=x');
    expect(ownPath('https://okta.contoso.example/api/connectors?top=1')).toBe(
      '/api/connectors?top=1',
    );
  });
});

describe('text of an event', () => {
  it('cannot turn its surroundings, hide or break a line', () => {
    expect(plainText('ada\u202etxt.exe')).toBe('ada\\u202etxt.exe');
    expect(plainText('a\u2066b\u2069\u0000\r\n')).toBe('a\\u2066b\\u2069\\u0000\\u000d\\u000a');
    expect(plainText('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
    expect(plainText('李小龍 أحمد')).toBe('李小龍 أحمد');
    expect(visibleLines('{\n\t"a":1}')).toBe('{\n\\u0009"a":1}');
  });

  it('is cut where it is long', () => {
    expect(plainText('x'.repeat(10_000))).toHaveLength(201);
    expect(plainText(null)).toBe('');
    expect(plainText(7)).toBe('7');
  });
});

describe('the list', () => {
  it('has the worst first, then the names', () => {
    const all = [...STATUS_NAMES, 'Connected' as const].map((status, at) => ({
      status,
      displayName: `${9 - at}`,
    }));
    expect(worstFirst(all).map(({ status }) => status)).toEqual([
      'ActionRequired',
      'Disconnected',
      'Degraded',
      'Connecting',
      'Connected',
      'Connected',
      'Disabled',
    ]);
    expect(worstFirst(all)[4]?.displayName).toBe('3');
  });
});

describe('help with an error', () => {
  it('finds the connector that has the org', () => {
    expect(holderIn(orgTaken('contoso-2').message)).toBe('contoso-2');
    expect(holderIn('something else')).toBeUndefined();
  });

  it('knows the domain of an admin console', () => {
    expect(withoutAdmin(' contoso-admin.okta.com')).toBe('contoso.okta.com');
    expect(withoutAdmin('contoso.okta.com')).toBe('contoso.okta.com');
  });

  it('makes an id of a name', () => {
    expect(idFor('Fabrikam (EMEA)')).toBe('fabrikam-emea');
    expect(idFor('Müller & Söhne')).toBe('muller-sohne');
    expect(idFor(' – ')).toBe('');
    expect(idFor(`${'x'.repeat(39)} y`)).toBe('x'.repeat(39));
  });

  it('stands at the field that it is about', () => {
    expect(fieldOf({ code: 'InvalidRequest', target: 'credential.token' })).toBe('credential');
    expect(fieldOf({ code: 'OktaTokenInvalid' })).toBe('credential');
    expect(fieldOf({ code: 'OktaTimeout' })).toBeUndefined();
  });

  it('is one button', () => {
    expect(remedyFor('OktaTokenInvalid')).toBe('replaceToken');
    expect(remedyFor('anything')).toBe('test');
    expect(remedyFor('unreadable')).toBe('fill');
    expect(reasonText('unreadable')).toContain('once a day');
    expect(reasonText('OktaTokenInvalid')).toBeUndefined();
  });
});

describe('the filters of the log', () => {
  const filters = (search: string) => filtersOf(new URLSearchParams(search));

  it('are those of the address that are known', () => {
    expect(filters('q=a&outcome=FAILURE&other=1&range=1h&from=2026-11-01T00:00')).toEqual({
      q: 'a',
      outcome: 'FAILURE',
      range: '1h',
    });
    expect(filters('range=toString&from=nonsense')).toEqual({});
  });

  it('become what the API is asked for, in UTC', () => {
    expect(queryOf(filters('range=1h&actor=ada'), NOW)).toEqual({
      actor: 'ada',
      from: new Date(NOW - 3_600_000).toISOString(),
    });
    expect(queryOf(filters('from=2026-11-01T00:00&to=2026-11-02T00:00'), NOW)).toEqual({
      from: '2026-11-01T00:00:00.000Z',
      to: '2026-11-02T00:00:00.000Z',
    });
  });
});
