import { format, inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Token } from '../../shared/token.ts';

const token = new Token('00secret');

it('prints as three stars, in every form of output', () => {
  const printed = [
    String(token),
    `${token}`,
    JSON.stringify({ token }),
    inspect({ token }, { showHidden: true, depth: 9 }),
    format('%s %o %j', token, token, token),
  ].join(' ');
  expect(printed).not.toContain('00secret');
  expect(printed).toContain('***');
});

it('is revealed only on request', () => {
  expect(token.reveal()).toBe('00secret');
});

it('equals only a token with the same text', () => {
  expect(token.equals(new Token('00secret'))).toBe(true);
  expect(token.equals(new Token('00secret2'))).toBe(false);
  expect(token.equals(undefined)).toBe(false);
});
