import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvCell } from '../../../shared/sink/export.ts';
import { parseCsv } from '../../support/csv.ts';

describe('a cell of a CSV file', () => {
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^[=+\-@\t\r"',\n a]{0,8}$/),
  );

  it('is read back unchanged, except for the mark before a formula', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
        const [read] = parseCsv(`${cells.map(csvCell).join(',')}\r\n`);
        const isFormula = (text: string) => '=+-@\t\r'.includes(text[0] ?? 'x');
        expect(read).toEqual(cells.map((text) => (isFormula(text) ? `'${text}` : text)));
      }),
    );
  });

  it('is empty for an absent value, and plain for numbers', () => {
    expect([null, undefined, 0, false, -1].map(csvCell)).toEqual(['', '', '0', 'false', "'-1"]);
  });
});
