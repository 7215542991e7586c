/** The workflows of GitHub: pinned, with the least rights, and without secrets. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readText } from '../support/repository.ts';

const NAMES = ['ci', 'release', 'deploy'];
const textOf = (name: string) => readText(`.github/workflows/${name}.yml`);
const jobsOf = (name: string): any[] => Object.values(parse(textOf(name)).jobs);

describe.each(NAMES)('the workflow %s', (name) => {
  const text = textOf(name);
  const steps = jobsOf(name).flatMap((job) => job.steps);

  it('pins each action to a commit, and names its version', () => {
    const uses = text.split('\n').filter((line) => line.includes('uses:'));
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('has no secret, and keeps no credentials in the checkout', () => {
    expect(text).not.toMatch(/secrets\.|pull_request_target/);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    for (const { with: options } of checkouts) expect(options['persist-credentials']).toBe(false);
  });

  it('uses no external input in scripts', () => {
    const scripts = steps.flatMap(({ run }) => (run ? [run] : []));
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });

  it('gives jobs that run project code only read access', () => {
    const { permissions = {} } = parse(text);
    for (const job of jobsOf(name)) {
      const rights = job.permissions ?? permissions;
      const runsProject = job.steps.some(({ run = '' }) => /npm |\.ci\/run/.test(run));
      if (runsProject) expect(rights).toEqual({ contents: 'read' });
    }
    expect([{}, { contents: 'read' }]).toContainEqual(permissions);
  });
});

describe('a deployment from GitHub', () => {
  it('supports every option of a deployment with azd', () => {
    const parameters = readText('infra/main.bicepparam');
    const options = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(
      ([, option]) => option as string,
    );
    const [, deploy] = jobsOf('deploy');
    // The group is named after the environment.
    const wanted = new Set(options.filter((option) => option !== 'AZURE_RESOURCE_GROUP'));
    expect(Object.keys(deploy.env).toSorted()).toEqual([...wanted].toSorted());
  });

  it('uses the defaults of azd for unset variables', () => {
    const parameters = readText('infra/main.bicepparam');
    const [, { env }] = jobsOf('deploy');
    for (const [, option = '', value] of parameters.matchAll(
      /readEnvironmentVariable\('(\w+)', '([^'$]+)'\)/g,
    ))
      expect(env[option]).toContain(`|| '${value}'`);
  });

  it('waits for reviewers, and ends with the smoke check', () => {
    const [, deploy] = jobsOf('deploy');
    expect(deploy.environment).toContain('inputs.environment');
    expect(deploy.steps.at(-1).run).toBe('node scripts/smoke.ts "$URL"');
  });
});

describe('a release', () => {
  it('has an attestation of its provenance', () => {
    const [, publish] = jobsOf('release');
    const attest = publish.steps.find(({ uses = '' }) => uses.includes('attest-build-provenance'));
    expect(attest.with['subject-path'].split('\n')).toEqual(
      expect.arrayContaining(['dist/*.zip', 'infra/azuredeploy.json']),
    );
  });
});

describe('updates of dependencies', () => {
  it('wait before they are proposed', () => {
    const { updates } = parse(readText('.github/dependabot.yml'));
    for (const { cooldown } of updates) expect(cooldown['default-days']).toBeGreaterThanOrEqual(7);
    expect(updates.map((update: any) => update['package-ecosystem'])).toEqual([
      'npm',
      'github-actions',
    ]);
  });
});
