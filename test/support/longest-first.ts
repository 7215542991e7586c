/** The order of test files: the longest start first, so that all workers end at about the same time. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Parts of paths, the longest first. Other files follow in their usual order. */
const LONGEST = [
  'e2e/ends-of-hosts',
  'e2e/okta-faults',
  'e2e/crash-',
  'e2e/random-kills',
  'e2e/kill',
  'e2e/vault-faults',
  'e2e/outages',
  'e2e/portal-connect',
  'e2e/storage-faults',
  'e2e/two-hosts',
  'e2e/mixed-faults',
  'simulation/',
  'e2e/isolation',
  'e2e/health',
  'e2e/further-backfills',
  'integration/okta/damaged-answers',
  'e2e/',
];

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const usual = await super.sort(files);
    return usual.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((part) => moduleId.includes(`/test/${part}`));
  return rank < 0 ? LONGEST.length : rank;
}
