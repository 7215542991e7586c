import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Incoming } from '../../../functions/http/incoming.ts';
import { eventFilters, refuseEmptyRange } from '../../../functions/http/query-parameters.ts';
import { readQuery } from '../../../functions/http/read-query.ts';
import { backfillBody } from '../../../shared/backfill/request-backfill.ts';
import { instant } from '../../../shared/time.ts';

const schema = z.object({ from: instant.optional(), to: instant.optional(), ...eventFilters });
const read = (query: string) => {
  const url = new URL(`https://any.example/api?${query}`);
  return readQuery({ url } as Incoming, schema);
};

describe('an instant of a query', () => {
  it.each([
    ['2026-11-20T01:00:00Z', '2026-11-20T01:00:00.000Z'],
    ['2026-11-20t01:00:00z', '2026-11-20T01:00:00.000Z'],
    ['2026-11-20T01:00:00%2B01:00', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20T01:00:00-01:00', '2026-11-20T02:00:00.000Z'],
    ['2026-11-20T01:00:00.1234500Z', '2026-11-20T01:00:00.124Z'],
    ['2026-11-20T01:00:00.1230000Z', '2026-11-20T01:00:00.123Z'],
  ])('%s is %s', (text, wanted) => expect(read(`from=${text}`).from).toBe(Date.parse(wanted)));

  it('restores the + of its offset, which a query string turns into a space', () => {
    const wanted = Date.parse('2026-11-20T00:00:00.000Z');
    expect(read('from=2026-11-20T01:00:00+01:00').from).toBe(wanted);
  });

  it.each([
    ...['2026-09-31T00:00:00Z', '2026-02-29T00:00:00Z', '2026-11-20T01:00:00', '2026-11-20'],
    ...['yesterday', '', '1795132800000', '2026-11-20T25:00:00Z', '2026-11-20T01:00:60Z'],
  ])('is not %j', (text) => {
    expect(() => read(`from=${text}`)).toThrow('The parameter from is not allowed');
    expect(backfillBody.safeParse({ from: text }).success).toBe(false);
  });
});

describe('a range', () => {
  it('ends after it starts', () => {
    expect(() => refuseEmptyRange(2, 1)).toThrow('The parameter from is not before to');
    expect(() => refuseEmptyRange(1, 1)).toThrow();
    refuseEmptyRange(1, 2);
    refuseEmptyRange(undefined, 1);
  });
});

describe('a filter', () => {
  it('without a value is ignored', () => {
    const { outcome, actor, q } = read('outcome=&actor=&q=');
    expect([outcome, actor, q]).toEqual([undefined, undefined, undefined]);
  });

  it('by a mail address restores its +', () => {
    expect(read('actor=jane+test@example.com').actor).toBe('jane+test@example.com');
    expect(read('actor=jane%2Btest@example.com').actor).toBe('jane+test@example.com');
    expect(read('actor=Jane+Doe').actor).toBe('Jane Doe');
  });
});
