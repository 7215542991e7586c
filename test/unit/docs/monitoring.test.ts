/** docs/monitoring.md lists the log lines with their fields. */
import { describe, expect, it } from 'vitest';
import { LOG_LINES } from '../../../shared/log-lines.ts';
import { readText } from '../../support/repository.ts';

const text = readText('docs/monitoring.md');

function documentedFields(kind: string): string[] {
  const section = text.split(`\n### ${kind}\n`)[1]?.split(/\n##/)[0] ?? '';
  const rows = [...section.matchAll(/^\| (`.+?`) \|/gm)];
  return rows.flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
  );
}

describe('docs/monitoring.md', () => {
  it.each(Object.entries(LOG_LINES))('lists the fields of a line of kind %s', (kind, line) => {
    const fields = Object.keys(line.shape).filter((field) => field !== 'kind');
    expect(documentedFields(kind)).toEqual(fields);
  });
});
