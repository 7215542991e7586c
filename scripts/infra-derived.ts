/** The files that are derived from the Bicep files, with their sources. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bicep } from './bicep.ts';

const INFRA = fileURLToPath(new URL('../infra/', import.meta.url));

/** The values in azd's environment after its questions. */
export const ENVIRONMENT = { AZURE_ENV_NAME: 'okta-prod', AZURE_LOCATION: 'westeurope' };

/** The templates that are deployed separately. */
export const ENTRIES = ['main', 'connector'].map((name) => path.join(INFRA, `${name}.bicep`));

/** The parameters of each variant. `azd` is a deployment by azd with no option set. */
export const VARIANTS = {
  azd: path.join(INFRA, 'main.bicepparam'),
  'sign-in': path.join(INFRA, 'variants', 'sign-in.bicepparam'),
  everything: path.join(INFRA, 'variants', 'everything.bicepparam'),
  group: path.join(INFRA, 'variants', 'group.bicepparam'),
} as const;

export const snapshotFile = (variant: string): string =>
  path.join(INFRA, 'variants', `${variant}.snapshot.json`);

export async function derivedFiles(bicep: Bicep): Promise<{ file: string; contents: string }[]> {
  const { template } = await bicep.compile(path.join(INFRA, 'connector.bicep'));
  const derived = [{ file: path.join(INFRA, 'azuredeploy.json'), contents: template }];
  for (const [variant, parameters] of Object.entries(VARIANTS)) {
    const group = variant === 'group' ? 'rg-contoso' : undefined;
    derived.push({
      file: snapshotFile(variant),
      contents: await bicep.snapshot(parameters, group),
    });
  }
  return derived;
}
