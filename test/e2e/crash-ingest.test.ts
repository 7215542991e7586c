/** The host dies at every named step of live polling and of a backfill. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { INGEST } from '../support/crash-cases.ts';
import { CrashLab, KILLS_WITHIN_MS } from '../support/crash-lab.ts';

let crash: CrashLab;

beforeAll(async () => {
  crash = await CrashLab.start(INGEST, { backfillDays: 20 });
  for (const one of INGEST) await crash.killedAt(one, () => crash.put(one.id));
  await crash.allSettled(INGEST.map(({ id }) => id));
  await crash.restart();
}, KILLS_WITHIN_MS);
afterAll(() => crash?.close());

describe.concurrent('the promise is kept for a connector whose host was killed', () => {
  it.each(INGEST)('$when $step ($id)', async ({ id }) => {
    await crash.keepsThePromise(id);
  });
});
