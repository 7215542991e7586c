/**
 * Every resource of a deployment requires an identity, and the identity has only the necessary roles.
 */
import { describe, expect, it } from 'vitest';
import { readText } from '../../support/repository.ts';
import {
  type Resource,
  resourceOf,
  resourcesOf,
  snapshotText,
  VARIANT_NAMES,
} from '../../support/templates.ts';

const KEY_OR_CONNECTION_STRING =
  /listKeys|listAccountSas|listSecrets|AccountKey=|SharedAccess|DefaultEndpointsProtocol|InstrumentationKey=|[?&]sig=|whsec_|adminPassword/i;

/** By the ids of https://learn.microsoft.com/azure/role-based-access-control/built-in-roles. */
const ROLES: Record<string, string> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': 'Storage Blob Data Owner on storageAccounts',
  '974c5e8b-45b9-4653-ba55-5f855dd0fb88': 'Storage Queue Data Contributor on storageAccounts',
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': 'Storage Table Data Contributor on storageAccounts',
  'b86a8fe4-44ce-4948-aee5-eccb2c155cd7': 'Key Vault Secrets Officer on vaults',
  '3913510d-42f4-4e42-8a64-420c390055eb': 'Monitoring Metrics Publisher on components',
};

/**
 * The resource that an extension resource extends: the start of its id, as text or as an expression.
 */
const scopeOf = ({ id, type }: Resource) =>
  /^\[extensionResourceId\('([^']+)'/.exec(id)?.[1] ?? id.split(`/providers/${type}/`)[0];

function roleOf(resource: Resource): string {
  const id = resource.properties.roleDefinitionId.split('/').at(-1);
  const scope = scopeOf(resource);
  const [role, place] = (ROLES[id] ?? `${id} on ?`).split(' on ');
  return scope?.split('/').at(-2) === place ? `${role} on ${place}` : `${id} on ${scope}`;
}

describe.each(VARIANT_NAMES)('the deployment %s', (variant) => {
  it('contains neither keys nor connection strings', () => {
    expect(snapshotText(variant)).not.toMatch(KEY_OR_CONNECTION_STRING);
  });

  it('has one identity, with exactly these roles', () => {
    const roles = resourcesOf(variant, 'Microsoft.Authorization/roleAssignments');
    expect(roles.map(roleOf).toSorted()).toEqual(Object.values(ROLES).toSorted());
    for (const { properties } of roles) {
      expect(properties.principalType).toBe('ServicePrincipal');
      expect(properties.principalId).toMatch(/\.outputs\.principalId\.value\]$/);
    }
    const { identity } = resourceOf(variant, 'Microsoft.Web/sites');
    expect(identity.type).toBe('UserAssigned');
    expect(Object.keys(identity.userAssignedIdentities)).toHaveLength(1);
  });

  it('has a storage account and a log that accept no keys', () => {
    expect(resourceOf(variant, 'Microsoft.Storage/storageAccounts').properties).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    });
    expect(resourceOf(variant, 'Microsoft.Insights/components').properties.DisableLocalAuth).toBe(
      true,
    );
    for (const { properties } of resourcesOf(
      variant,
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies',
    ))
      expect(properties.allow).toBe(false);
  });

  it('has a vault with purge protection, and logs the reads of its secrets', () => {
    expect(resourceOf(variant, 'Microsoft.KeyVault/vaults').properties).toMatchObject({
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 90,
    });
    const audit = resourceOf(variant, 'Microsoft.Insights/diagnosticSettings');
    expect(scopeOf(audit)).toContain('/vaults/');
    expect(audit.properties.logs).toEqual([{ categoryGroup: 'audit', enabled: true }]);
  });

  it('runs on Flex Consumption with Node 24, and accepts only TLS', () => {
    const { sku } = resourceOf(variant, 'Microsoft.Web/serverfarms');
    expect(sku).toEqual({ name: 'FC1', tier: 'FlexConsumption' });
    const { properties, kind } = resourceOf(variant, 'Microsoft.Web/sites');
    expect(kind).toBe('functionapp,linux');
    expect(properties).toMatchObject({ httpsOnly: true, siteConfig: { minTlsVersion: '1.2' } });
    const { runtime, deployment } = properties.functionAppConfig;
    expect(runtime).toEqual({ name: 'node', version: '24' });
    expect(deployment.storage.authentication.type).toBe('UserAssignedIdentity');
    expect(Number(JSON.parse(readText('package.json')).engines.node.replace('>=', ''))).toBe(24);
  });
});

describe('a private network', () => {
  const endpoints = () => resourcesOf('everything', 'Microsoft.Network/privateEndpoints');

  it('is the only way to storage and vault', () => {
    for (const type of ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults'])
      expect(resourceOf('everything', type).properties).toMatchObject({
        publicNetworkAccess: 'Disabled',
        networkAcls: { defaultAction: 'Deny' },
      });
    const services = endpoints().flatMap(
      ({ properties }) => properties.privateLinkServiceConnections[0].properties.groupIds,
    );
    expect(services).toEqual(['blob', 'queue', 'table', 'vault']);
    expect(resourcesOf('everything', 'Microsoft.Network/privateDnsZones')).toHaveLength(4);
  });

  it('has one fixed outbound address', () => {
    const { subnets } = resourceOf('everything', 'Microsoft.Network/virtualNetworks').properties;
    const app = subnets.find(({ name }: { name: string }) => name === 'app').properties;
    expect(app.natGateway.id).toContain('/natGateways/');
    expect(app.delegations[0].properties.serviceName).toBe('Microsoft.App/environments');
    expect(
      resourceOf('everything', 'Microsoft.Web/sites').properties.virtualNetworkSubnetId,
    ).toContain('appSubnetId');
    expect(resourceOf('azd', 'Microsoft.Web/sites').properties.virtualNetworkSubnetId).toBeNull();
  });

  it('with zones distributes plan, storage and address over the zones', () => {
    expect(resourceOf('everything', 'Microsoft.Web/serverfarms').properties.zoneRedundant).toBe(
      true,
    );
    expect(resourceOf('everything', 'Microsoft.Storage/storageAccounts').sku.name).toBe(
      'Standard_ZRS',
    );
    expect(resourceOf('everything', 'Microsoft.Network/publicIPAddresses').zones).toEqual([
      '1',
      '2',
      '3',
    ]);
  });
});
