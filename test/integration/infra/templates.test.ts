/**
 * Compiles, lints and predicts the templates with the real Bicep CLI. All tests share one of its
 * processes.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Bicep, bicepCli } from '../../../scripts/bicep.ts';
import { derivedFiles, ENTRIES, ENVIRONMENT, VARIANTS } from '../../../scripts/infra-derived.ts';

const cli = bicepCli();
if ('missing' in cli) {
  if (process.env.REQUIRE_BICEP) throw new Error(cli.missing);
  console.log(`The templates are not checked: ${cli.missing}.`);
}
const bicep = 'file' in cli ? new Bicep(cli.file, ENVIRONMENT) : (undefined as unknown as Bicep);
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'parameters-'));
afterAll(() => {
  bicep?.close();
  fs.rmSync(scratch, { recursive: true });
});

describe.skipIf('missing' in cli)('the templates', () => {
  it.each(ENTRIES)('compile without warnings: %s', async (file) => {
    expect((await bicep.compile(file)).remarks).toEqual([]);
  });

  it.each(Object.values(VARIANTS))('have parameters without warnings: %s', async (file) => {
    expect(await bicep.remarksOn(file)).toEqual([]);
  });

  it('match the derived files (npm run infra writes them)', async () => {
    for (const { file, contents } of await derivedFiles(bicep))
      expect(fs.readFileSync(file, 'utf8'), file).toBe(contents);
  });
});

const WRONG = {
  environmentName: "''",
  instanceMemoryMB: '1024',
  maximumInstanceCount: '10',
  zoneRedundant: "'yes'",
  privateNetwork: '1',
  vnetAddressPrefix: "'10.0/8'",
  vaultCreateMode: "'purge'",
  entraClientId: "'33333333-3333-3333-3333-333333333333-and-more'",
  alertEmail: '[]',
  logRetentionDays: '7',
  logDailyCapGB: '0',
  eventRetentionDays: '30',
  auditRetentionDays: '1',
  rateLimitReservePercent: '100',
  backfillParallelSlices: '0',
  oktaAllowedDomains: "'login.contoso.com'",
  customDomain: 'true',
  webhookSecretName: 'false',
  packageUri: '0',
  noSuchOption: '1',
};

describe.skipIf('missing' in cli)('a deployment', () => {
  it('with an invalid parameter is refused without a request to Azure', async () => {
    const file = path.join(scratch, 'wrong.bicepparam');
    const template = path.relative(scratch, ENTRIES[1] as string).replaceAll('\\', '/');
    const lines = Object.entries(WRONG).map(([name, value]) => `param ${name} = ${value}`);
    fs.writeFileSync(file, [`using '${template}'`, ...lines].join('\n'));
    const remarks = await bicep.remarksOn(file);
    const errors = remarks.filter((remark) => remark.includes(' Error '));
    const refused = lines.filter((_, n) => errors.some((error) => error.includes(`(${n + 2})`)));
    expect(refused).toEqual(lines);
  });

  it('without a name is refused', async () => {
    const file = path.join(scratch, 'none.bicepparam');
    const template = path.relative(scratch, ENTRIES[1] as string).replaceAll('\\', '/');
    fs.writeFileSync(file, `using '${template}'\n`);
    expect((await bicep.remarksOn(file)).join('\n')).toContain('environmentName');
  });
});
