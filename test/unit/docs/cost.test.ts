/** The table of costs is made from measured operations. */
import { expect, it } from 'vitest';
import { costTable } from '../../../bench/cost-table.ts';
import { readText } from '../../support/repository.ts';

it('docs/cost.md shows the present costs: otherwise run `npm run cost`', async () => {
  expect(readText('docs/cost.md')).toContain(await costTable());
});
