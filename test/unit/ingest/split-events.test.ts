import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitEvents, splitPage } from '../../../shared/okta/split-events.ts';

const events = (text: string) => {
  const split = splitEvents(text);
  if (!split.ok) throw new Error(split.reason);
  return split.events;
};

describe('a page split into events', () => {
  it('keeps the text of each event unchanged', () => {
    const texts = [
      '{"n":9007199254740993,"f":1.0,"e":1e3}',
      '{ "a" :\n [1, {"b":"]}\\""}] }',
      '{"u":"\\u00e9\\/😀"}',
    ];
    expect(events(`\n[ ${texts.join(' ,\n')} ]\r\n`).map(({ raw }) => raw)).toEqual(texts);
  });

  it('equals JSON.parse on any array', () => {
    const event = fc.dictionary(fc.string(), fc.jsonValue());
    const array = fc.array(fc.oneof(event, fc.jsonValue()));
    fc.assert(
      fc.property(array, fc.nat(2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const raws = events(text).map(({ raw }) => raw);
        expect(raws.map((raw) => JSON.parse(raw))).toEqual(JSON.parse(text));
        for (const raw of raws) expect(text).toContain(raw);
      }),
      { numRuns: 500 },
    );
  });

  it('accepts the same arrays as JSON.parse, and others only when just one object is damaged', () => {
    const part = fc.constantFrom(
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      'null',
      ' ',
      '[{"a":1}',
      ']',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
        (text) => {
          let value: unknown;
          try {
            value = JSON.parse(text);
          } catch {}
          const split = splitEvents(text);
          const isDamaged = split.ok && split.events.some(({ unusable }) => unusable === 'notJson');
          expect(split.ok).toBe(Array.isArray(value) || isDamaged);
          if (isDamaged) expect(Array.isArray(value)).toBe(false);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    '',
    ' ',
    '{}',
    'null',
    '[',
    '[{}',
    '[{},]',
    '[{}]x',
    '[{}][{}]',
    '[1 2]',
    '[nul]',
    '[[]',
    '["a]',
    '[,1]',
    '<html>',
    '\ufeff[]',
  ])('refuses %j', (text) => expect(splitEvents(text).ok).toBe(false));

  it.each(['{"a":}', '{"a":"\u0001"}', '{"a":"b\nc"}', "{'a':1}", '{]'])(
    'keeps %j and its neighbours unchanged',
    (damaged) => {
      const split = events(`[{"n":1}, ${damaged} ,{"n":2}]`);
      expect(split.map(({ raw }) => raw)).toEqual(['{"n":1}', damaged, '{"n":2}']);
      expect(split.map(({ unusable }) => unusable)).toEqual([undefined, 'notJson', undefined]);
    },
  );

  it('limits invalid UTF-8 to one event, and reads the others unchanged', () => {
    const texts = ['{"uuid":"1","n":"é 😀"}', '{"uuid":"2","n":"?"}', '{"uuid":"3","n":"\ufffd"}'];
    const body = Buffer.from(`\ufeff[${texts.join()}]`);
    body[body.indexOf('?')] = 0xe9;
    const split = splitPage(body);
    expect(split).toMatchObject({
      ok: true,
      events: [
        { raw: texts[0], uuid: '1' },
        { raw: '{"uuid":"2","n":"\ufffd"}', unusable: 'notUtf8' },
        { raw: texts[2], uuid: '3' },
      ],
    });
  });

  it('is refused when only texts are damaged', () => {
    expect(splitPage(Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d]))).toMatchObject({
      events: [{ unusable: 'notAnObject' }],
    });
  });

  it('handles nesting of any depth', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(events(`[${deep}]`)[0]?.raw).toBe(deep);
  });

  it('is empty for an empty array', () => {
    expect(events('[]')).toEqual([]);
  });
});

describe('the identity of an event', () => {
  const identity = (event: object) => {
    const [{ uuid, publishedMs } = {}] = events(JSON.stringify([event])) as any[];
    return { uuid, publishedMs };
  };

  it('is its uuid and its instant', () => {
    expect(identity({ uuid: 'u', published: '2026-11-01T00:00:00.123Z' })).toEqual({
      uuid: 'u',
      publishedMs: Date.parse('2026-11-01T00:00:00.123Z'),
    });
  });

  it.each([
    ['2026-11-01T02:00:00+02:00', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T00:00:00.1239Z', '2026-11-01T00:00:00.123Z'],
    ['2026-11-01t00:00:00.5z', '2026-11-01T00:00:00.500Z'],
  ])('reads %s', (published, instant) => {
    expect(identity({ published }).publishedMs).toBe(Date.parse(instant));
  });

  it.each([
    '2026-11-01',
    '2026-11-01 00:00:00.000',
    '2026-02-31T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '1795435260000',
    '',
    null,
    5,
  ])('has no instant in %j', (published) =>
    expect(identity({ published }).publishedMs).toBeUndefined(),
  );

  it.each([
    'a/b',
    'a\\b',
    'a#b',
    'a?b',
    'a\nb',
    'a\u2028b',
    '',
    'a\ud800',
    'x'.repeat(256),
    5,
    null,
  ])('has no uuid in %j, which no table key can hold', (uuid) => {
    expect(identity({ uuid }).uuid).toBeUndefined();
  });
});
