/**
 * `npm run test:core-tools`: runs the conformance suite of the development host, and end-to-end tests
 * of the product, on the real Functions host. Requires Azure Functions Core Tools 4 (`func`) on the
 * PATH. The other tests control the development host itself: its keys, its clocks, the death of its
 * worker.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const FILES = [
  'integration/dev-host/triggers',
  'integration/dev-host/durable',
  'e2e/activity-log',
  'e2e/audit',
  'e2e/bad-registrations',
  'e2e/conventions',
  'e2e/further-backfills',
  'e2e/health',
  'e2e/life-cycle',
  'e2e/main-job',
  'e2e/okta-repairs',
  'e2e/openapi',
  'e2e/revisions-and-lists',
  'e2e/webhook-protocol',
  'e2e/webhooks',
];

const shell = process.platform === 'win32';
const found = spawnSync('func', ['--version'], { encoding: 'utf8', shell });
if (found.status !== 0) {
  console.error('"func" was not found: install Azure Functions Core Tools 4.');
  process.exit(1);
}
console.log(`Azure Functions Core Tools ${found.stdout.trim()}`);

const files =
  process.argv.length > 2 ? process.argv.slice(2) : FILES.map((file) => `test/${file}.test.ts`);
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
// Parallel hosts would share the port that Durable Functions opens for its worker.
const { status } = spawnSync(process.execPath, [vitest, 'run', '--no-file-parallelism', ...files], {
  stdio: 'inherit',
  env: { ...process.env, TEST_HOST: 'core-tools', TEST_WAIT_MS: '400000' },
});
process.exitCode = status ?? 1;
