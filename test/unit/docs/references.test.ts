/** Every reference leads to a part of the repository or to a public URL. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  anchorOf,
  exists,
  headingsOf,
  readText,
  type TextFile,
  textFiles,
  unwrapped,
} from '../../support/repository.ts';

const SELF = 'test/unit/docs/references.test.ts';
const FILES = textFiles().filter((file) => file.path !== SELF);
const DOCUMENTS = FILES.filter((file) => file.path.endsWith('.md'));

/** A path under docs/, an anchor, and the headings that are quoted after it. */
const MENTION =
  /(?<![\w./-])docs\/(?<rest>[\w-]+(?:[./][\w-]+)*)?(?<anchor>#[\w-]+)?(?<quoted>(?:, "[^"\n]{1,80}")*)/g;

interface Mention {
  path: string;
  anchor: string | undefined;
  headings: string[];
}

function mentionsIn(text: string): Mention[] {
  return [...unwrapped(text).matchAll(MENTION)].map(({ groups }) => {
    const { rest = '', anchor, quoted = '' } = groups ?? {};
    const headings = [...quoted.matchAll(/"([^"]+)"/g)].map(([, heading = '']) => heading);
    return { path: `docs/${rest}`, anchor: anchor?.slice(1), headings };
  });
}

/** The missing parts of a reference. */
function missing({ path: file, anchor, headings }: Mention): string[] {
  if (!exists(file)) return [file];
  const named = [...headings, ...(anchor === undefined ? [] : [anchor])];
  if (named.length === 0 || !file.endsWith('.md')) return [];
  const present = headingsOf(readText(file));
  return [
    ...headings.filter((heading) => !present.includes(heading)).map((one) => `${file}, "${one}"`),
    ...(anchor === undefined || present.map(anchorOf).includes(anchor)
      ? []
      : [`${file}#${anchor}`]),
  ];
}

const LINK = /\]\((?<target>[^()\s]+)\)/g;

/** The relative links of a document, from the root. */
function linksOf({ path: from, text }: TextFile): Mention[] {
  return [...text.matchAll(LINK)]
    .map(({ groups }) => groups?.target ?? '')
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      const resolved = file === '' ? from : path.posix.join(path.posix.dirname(from), file);
      return { path: resolved, anchor, headings: [] };
    });
}

/** Documents outside of the repository, and numbers from them. */
const PRIVATE: Record<string, RegExp> = {
  'a document that is not here':
    /(?<![\w-])(?:api|design|house|cases|style)\.md\b|\bdesign[ :]+(?:§|")|(?<![\w/])facts\//g,
  'a section of something that is no public standard':
    /(?<!RFC \d{3,5} )(?<!CloudEvents [\w. ]{1,24})§/g,
};
const TRAP = /(?<![\w}$-])[TC]\d{1,2}(?![\w:])/g;

/** The comments of code, or the whole text of a document. */
function prose({ path: file, text }: TextFile): string {
  if (file.endsWith('.md')) return text;
  return (text.match(/\/\*[\s\S]*?\*\/|(?:^|[\s;])\/\/[^\n]*/g) ?? []).join('\n');
}

function privateIn(file: TextFile): string[] {
  const found = Object.entries(PRIVATE).flatMap(([what, pattern]) =>
    [...unwrapped(file.text).matchAll(pattern)].map(
      ({ index, input }) => `${what}: ${input.slice(Math.max(0, index - 30), index + 20)}`,
    ),
  );
  const numbers = [...prose(file).matchAll(TRAP)].map(([number]) => `a number alone: ${number}`);
  return [...found, ...numbers];
}

const inEach = (files: readonly TextFile[], faults: (file: TextFile) => string[]): string[] =>
  files.flatMap((file) => faults(file).map((fault) => `${file.path}: ${fault}`));

describe('references', () => {
  it('to documents point to existing files and headings', () => {
    expect(inEach(FILES, ({ text }) => mentionsIn(text).flatMap(missing))).toEqual([]);
  });

  it('between documents point to existing files and headings', () => {
    expect(inEach(DOCUMENTS, (file) => linksOf(file).flatMap(missing))).toEqual([]);
  });

  it('to documents outside of the repository do not exist', () => {
    expect(inEach(FILES, privateIn)).toEqual([]);
  });

  it('by heading are unambiguous: no document has a heading twice', () => {
    const twice = inEach(DOCUMENTS, ({ text }) =>
      headingsOf(text).filter((heading, index, all) => all.indexOf(heading) !== index),
    );
    expect(twice).toEqual([]);
  });
});

describe('the search for references', () => {
  const text =
    '/**\n * As it says (docs/okta.md, "Next links",\n * "No such rule") and docs/none.md#x.\n */';

  it('reads comments across line breaks', () => {
    expect(mentionsIn(text)).toEqual([
      { path: 'docs/okta.md', anchor: undefined, headings: ['Next links', 'No such rule'] },
      { path: 'docs/none.md', anchor: 'x', headings: [] },
    ]);
  });

  it('reports missing targets', () => {
    const gone = ['docs/okta.md, "No such rule"', 'docs/none.md'];
    expect(mentionsIn(text).flatMap(missing)).toEqual(gone);
    expect(missing({ path: 'docs/okta.md', anchor: 'no-such-rule', headings: [] })).toEqual([
      'docs/okta.md#no-such-rule',
    ]);
  });

  it.each([
    ['// as agreed (api.md §4)', 2],
    ['/** The heart (design §2). */', 2],
    ['/** A page (T7), and never again (T34). */', 2],
    ['// measured (facts/azure.md §8)', 2],
    ['const T0 = Date.UTC(2026, 10, 24);', 0],
    ['// 2026-11-01T00:00:00Z, RFC 8288 §3.3, CloudEvents HTTP binding §3.1', 0],
  ])('finds in %s %i faults', (line, count) => {
    expect(privateIn({ path: 'some.ts', text: line })).toHaveLength(count);
  });
});
