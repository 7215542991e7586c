// A connector in a resource group that is there: for who may deploy to a resource group only.
targetScope = 'resourceGroup'

import * as types from 'types.bicep'

param environmentName types.environmentName

@description('Region of all resources. It has to offer the Flex Consumption plan: az functionapp list-flexconsumption-locations.')
param location string = resourceGroup().location

param instanceMemoryMB types.instanceMemory = 2048
param maximumInstanceCount types.instanceCount = 40

@description('Spread over the zones of the region: plan and storage. It cannot be changed later.')
param zoneRedundant bool = false

@description('Storage and vault in a private network, with one fixed address outwards (NAT gateway). It adds about 60 USD a month.')
param privateNetwork bool = false
param vnetAddressPrefix types.addressRange = '10.42.0.0/24'

param vaultCreateMode types.vaultCreateMode = 'default'
param entraClientId types.entraClientId = ''
param alertEmail types.emailAddress = ''
param logRetentionDays types.logRetention = 30
param logDailyCapGB types.logCap = 1
param eventRetentionDays types.eventRetention = 180
param auditRetentionDays types.auditRetention = 365
param rateLimitReservePercent types.reservePercent = 10
param backfillParallelSlices types.parallelSlices = 4
param oktaAllowedDomains types.hostNames = []
param customDomain types.hostName = ''
param webhookSecretName types.secretName = ''
param packageUri types.packageUri = ''

// The same names at each deployment of this environment to this group, and nowhere else.
var suffix = uniqueString(resourceGroup().id, environmentName)
var names = {
  identity: 'id-okta-${suffix}'
  workspace: 'log-okta-${suffix}'
  insights: 'appi-okta-${suffix}'
  storage: 'st${suffix}'
  vault: 'kv-${suffix}'
  network: 'vnet-okta-${suffix}'
  plan: 'plan-okta-${suffix}'
  app: 'func-okta-${suffix}'
  packageContainer: 'app-package'
}
var tags = { 'azd-env-name': environmentName }

module identity 'modules/identity.bicep' = {
  params: { name: names.identity, location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    workspaceName: names.workspace
    insightsName: names.insights
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
    #disable-next-line what-if-short-circuiting // The name of a role assignment holds it, so that another identity gets another assignment.
    principalId: identity.outputs.principalId
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    name: names.storage
    location: location
    tags: tags
    packageContainer: names.packageContainer
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    #disable-next-line what-if-short-circuiting // The name of a role assignment holds it, so that another identity gets another assignment.
    principalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    name: names.vault
    location: location
    tags: tags
    createMode: vaultCreateMode
    privateNetwork: privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    #disable-next-line what-if-short-circuiting // The name of a role assignment holds it, so that another identity gets another assignment.
    principalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    name: names.network
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
    zoneRedundant: zoneRedundant
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module app 'modules/app.bicep' = {
  params: {
    planName: names.plan
    name: names.app
    location: location
    tags: tags
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    subnetId: network.?outputs.appSubnetId ?? ''
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: names.storage
    packageContainer: names.packageContainer
    vaultName: names.vault
    insightsName: names.insights
    entraClientId: entraClientId
    customDomain: customDomain
    webhookSecretName: webhookSecretName
    packageUri: packageUri
    productSettings: {
      EVENT_RETENTION_DAYS: string(eventRetentionDays)
      AUDIT_RETENTION_DAYS: string(auditRetentionDays)
      RATE_LIMIT_RESERVE_PERCENT: string(rateLimitReservePercent)
      BACKFILL_PARALLEL_SLICES: string(backfillParallelSlices)
      OKTA_ALLOWED_DOMAINS: join(oktaAllowedDomains, ',')
    }
  }
  // The identity of the app has all its roles before the app starts, with and without a network.
  #disable-next-line no-unnecessary-dependson
  dependsOn: [monitoring, storage, vault]
}

module alerts 'modules/alerts.bicep' = {
  params: {
    suffix: suffix
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    storageId: storage.outputs.id
    email: alertEmail
  }
}

output appName string = app.outputs.name
output url string = app.outputs.url
output portalUrl string = '${app.outputs.url}/portal'
output vaultName string = vault.outputs.name
output identityPrincipalId string = identity.outputs.principalId
@description('The one address that requests to Okta come from, with a private network.')
output outboundAddress string = network.?outputs.outboundAddress ?? ''
