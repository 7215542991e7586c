/** docs/errors.md lists exactly the catalogue of errors. */
import { describe, expect, it } from 'vitest';
import {
  ERROR_CODES,
  type ErrorCode,
  httpStatusOf,
  isRetryable,
  needsOperator,
} from '../../../shared/errors.ts';
import { readText } from '../../support/repository.ts';

interface Listed {
  code: string;
  httpStatus: number;
  retryable: boolean;
  needsOperator: boolean;
}

/** The rows of its first table. A row may hold several codes; they share their cells in order. */
function listed(markdown: string): Listed[] {
  const rows = [
    ...markdown.matchAll(/^\| (`\w+`(?:, `\w+`)*) \| ([\d, ]+) \| (yes|no) \| (yes|no) \|/gm),
  ];
  return rows.flatMap(([, codes = '', statuses = '', retryable, operator]) => {
    const all = statuses.split(',').map(Number);
    return codes.split(', ').map((code, index) => ({
      code: code.replaceAll('`', ''),
      httpStatus: all[index] ?? all[0] ?? 0,
      retryable: retryable === 'yes',
      needsOperator: operator === 'yes',
    }));
  });
}

const catalogued = (code: ErrorCode): Listed => ({
  code,
  httpStatus: httpStatusOf(code),
  retryable: isRetryable(code),
  needsOperator: needsOperator(code),
});

const byCode = (one: Listed, other: Listed) => (one.code < other.code ? -1 : 1);

describe('docs/errors.md', () => {
  it('lists every code once, with its status, whether a retry can help and whether an operator is needed', () => {
    const shown = listed(readText('docs/errors.md')).toSorted(byCode);
    expect(shown).toEqual(ERROR_CODES.map(catalogued).toSorted(byCode));
  });
});
