import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // The end-to-end tests have a stack each and mostly wait for it: the others run beside them.
    maxWorkers: 4,
    globalSetup: './test/support/azurite-setup.ts',
    reporters: ['default', './test/support/summary-reporter.ts'],
    projects: [
      {
        // A worker may have to wait for its turn on a busy computer.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
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
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
          // Cases that run side by side on one stack mostly wait for it.
          maxConcurrency: 40,
        },
      },
    ],
  },
});
