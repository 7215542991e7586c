import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../../../dev/options.ts';

const CHECKOUT = path.resolve('/checkout');
const parsed = (args: string[], env: Record<string, string> = {}) =>
  parseOptions(args, env, CHECKOUT);
const dataDir = (args: string[], env: Record<string, string> = {}) =>
  parsed(args, env) as { options: { dataDir: string } };

describe('the data directory', () => {
  it('is .local in the checkout by default', () => {
    const found = dataDir([], { INIT_CWD: path.resolve('/elsewhere') });
    expect(found.options.dataDir).toBe(path.join(CHECKOUT, '.local'));
  });

  it('is relative to the directory in which the user called npm', () => {
    const found = dataDir(['--data-dir', 'data'], { INIT_CWD: path.resolve('/elsewhere') });
    expect(found.options.dataDir).toBe(path.resolve('/elsewhere/data'));
  });

  it.each(['', ' '])('is not "%s"', (given) => {
    expect(parsed(['--data-dir', given, '--fresh'])).toEqual({
      kind: 'invalid',
      message: '--data-dir: expected the name of a directory.',
    });
  });
});

it('enforces no key of its own with Core Tools, where the Functions host makes the keys', () => {
  expect(parsed(['--core-tools', '--enable-auth'])).toEqual({
    kind: 'invalid',
    message: '--enable-auth: expected no --core-tools, where the Functions host makes the keys.',
  });
});

it('requires a separate port with Core Tools', () => {
  expect(parsed(['--core-tools'], { PORT: '0' })).toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining('PORT'),
  });
});
