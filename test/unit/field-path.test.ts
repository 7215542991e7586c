import { expect, it } from 'vitest';
import { unknownFieldPath } from '../../shared/field-path.ts';

it.each([
  [[], 'colour', 'colour'],
  [['credential'], 'tokn', 'credential.tokn'],
  [['credential'], `t${'x'.repeat(39)}`, `credential.t${'x'.repeat(39)}`],
])('the path of an unknown field is shown: %j %s', (parent, key, path) => {
  expect(unknownFieldPath(parent, key)).toBe(path);
});

it.each([
  [[], '00abc', 'a digit first'],
  [['credential'], 'has space', 'white space'],
  [['00pasted'], 'token', 'a parent'],
  [['list', 0], 'token', 'an index'],
  [[], `t${'x'.repeat(40)}`, 'too long'],
  [[], '', 'nothing'],
])('a part that does not look like a name is not shown: %j %s (%s)', (parent, key) => {
  expect(unknownFieldPath(parent, key)).toBeUndefined();
});
