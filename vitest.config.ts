import os from 'node:os';
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/support/longest-first.ts';

// Some hundred processes run the same code in one test run: each after the first loads it compiled.
process.env.NODE_COMPILE_CACHE ??= path.join(os.tmpdir(), 'okta-connector-tests-compiled');

/** The real host starts slowly, and hides the messages of a host that has died for minutes. */
const patience = process.env.TEST_HOST === 'core-tools' ? 10 : 1;

export default defineConfig({
  test: {
    // The end-to-end tests mostly wait for their hosts: others run meanwhile, also on two cores.
    maxWorkers: 6,
    globalSetup: './test/support/azurite-setup.ts',
    reporters: ['default', './test/support/summary-reporter.ts'],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // A worker may have to wait for its turn on a busy computer.
          testTimeout: 60_000,
          // They change nothing that outlives them: one import of the product serves many files.
          isolate: false,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 3_600_000,
        },
      },
      {
        test: {
          name: 'integration',
          globalSetup: './test/support/host-bundle.ts',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: './test/support/host-bundle.ts',
          include: ['test/e2e/**/*.test.ts'],
          // Two waits of `until` in a row end before: a test that fails says what it waited for.
          testTimeout: 330_000 * patience,
          hookTimeout: 120_000 * patience,
          // Cases that run side by side on one host mostly wait for it.
          maxConcurrency: 40,
        },
      },
    ],
  },
});
