// For azd, and for who may deploy to the subscription: a resource group with a connector in it.
targetScope = 'subscription'

import * as types from 'types.bicep'

param environmentName types.environmentName

@description('Region of all resources. It has to offer the Flex Consumption plan: az functionapp list-flexconsumption-locations.')
param location string

@description('The resource group; it is made when it is missing.')
@minLength(1)
@maxLength(90)
param resourceGroupName string = 'rg-${environmentName}'

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

var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module connector 'connector.bicep' = {
  scope: group
  params: {
    environmentName: environmentName
    location: location
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    zoneRedundant: zoneRedundant
    privateNetwork: privateNetwork
    vnetAddressPrefix: vnetAddressPrefix
    vaultCreateMode: vaultCreateMode
    entraClientId: entraClientId
    alertEmail: alertEmail
    logRetentionDays: logRetentionDays
    logDailyCapGB: logDailyCapGB
    eventRetentionDays: eventRetentionDays
    auditRetentionDays: auditRetentionDays
    rateLimitReservePercent: rateLimitReservePercent
    backfillParallelSlices: backfillParallelSlices
    oktaAllowedDomains: oktaAllowedDomains
    customDomain: customDomain
    webhookSecretName: webhookSecretName
    packageUri: packageUri
  }
}

@description('azd reads outputs in capitals into its environment.')
output AZURE_RESOURCE_GROUP string = group.name
output CONNECTOR_APP_NAME string = connector.outputs.appName
output CONNECTOR_URL string = connector.outputs.url
output CONNECTOR_PORTAL_URL string = connector.outputs.portalUrl
output CONNECTOR_VAULT_NAME string = connector.outputs.vaultName
output CONNECTOR_IDENTITY_PRINCIPAL_ID string = connector.outputs.identityPrincipalId
output CONNECTOR_OUTBOUND_ADDRESS string = connector.outputs.outboundAddress
