/**
 * The resources that a deployment of the templates in infra/ would create, from the snapshots of their
 * variants.
 */
import fs from 'node:fs';
import { snapshotFile, VARIANTS } from '../../scripts/infra-derived.ts';

export type Variant = keyof typeof VARIANTS;
export const VARIANT_NAMES = Object.keys(VARIANTS) as Variant[];

export interface Resource {
  id: string;
  type: string;
  name: string;
  properties: any;
  [other: string]: any;
}

export const snapshotText = (variant: Variant): string =>
  fs.readFileSync(snapshotFile(variant), 'utf8');

export const resourcesOf = (variant: Variant, type: string): Resource[] =>
  JSON.parse(snapshotText(variant)).predictedResources.filter(
    (resource: Resource) => resource.type === type,
  );

export function resourceOf(variant: Variant, type: string, nameEnds = ''): Resource {
  const found = resourcesOf(variant, type).filter(({ name }) => name.endsWith(nameEnds));
  if (found.length !== 1) throw new Error(`${variant} has ${found.length} ${type} ${nameEnds}`);
  return found[0] as Resource;
}

/** The last parts of the resources' names, in order. */
export const namesOf = (variant: Variant, type: string): string[] =>
  resourcesOf(variant, type)
    .map(({ name }) => name.slice(name.lastIndexOf('/') + 1))
    .toSorted();

/** The app settings in the template. A value that only Azure knows is an expression in brackets. */
export const rawSettings = (variant: Variant): Record<string, string> =>
  resourceOf(variant, 'Microsoft.Web/sites/config', '/appsettings').properties;

export const IDENTITY_CLIENT_ID = '44444444-4444-4444-4444-444444444444';
const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

/** The values that Azure would substitute for each expression. */
const IN_AZURE: readonly [RegExp, string][] = [
  [
    /^\[format\('@Microsoft\.KeyVault\(SecretUri=\{0\}\)', reference\(.*'\)\.secretUri\)\]$/,
    WEBHOOK_SECRET,
  ],
  [/^\[reference\(.*\)\.outputs\.clientId\.value\]$/, IDENTITY_CLIENT_ID],
  [
    /^\[format\('ClientId=\{0\};Authorization=AAD', .*\.outputs\.clientId\.value\)\]$/,
    `ClientId=${IDENTITY_CLIENT_ID};Authorization=AAD`,
  ],
  [/^\[reference\(.*\)\.vaultUri\]$/, 'https://kv-contoso.vault.azure.net/'],
  [/^\[reference\(.*\)\.ConnectionString\]$/, 'IngestionEndpoint=https://contoso'],
];

/** The app settings as the running app sees them. */
export function settingsInAzure(variant: Variant): Record<string, string> {
  const resolved = (value: string) => {
    if (!value.startsWith('[')) return value;
    const found = IN_AZURE.find(([expression]) => expression.test(value));
    if (!found) throw new Error(`an expression of an unknown kind: ${value}`);
    return found[1];
  };
  const settings = Object.entries(rawSettings(variant));
  return Object.fromEntries(settings.map(([name, value]) => [name, resolved(value)]));
}
