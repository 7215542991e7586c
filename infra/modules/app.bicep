// The function app and its settings (docs/azure.md, "App settings of Flex Consumption").

param planName string
param name string
param location string
param tags object
param instanceMemoryMB int
param maximumInstanceCount int
param zoneRedundant bool
param subnetId string
param identityId string
param identityClientId string
param storageName string
param packageContainer string
param vaultName string
param insightsName string
param entraClientId string
param customDomain string
param webhookSecretName string
param packageUri string
param productSettings object

resource storage 'Microsoft.Storage/storageAccounts@2025-08-01' existing = { name: storageName }
resource insights 'Microsoft.Insights/components@2020-02-02' existing = { name: insightsName }
resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
  // It is read, so that a deployment fails here when the secret is missing, and not the app when it starts.
  resource webhookSecret 'secrets' existing = if (!empty(webhookSecretName)) { name: webhookSecretName }
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource site 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'connector' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identityId}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: { minTlsVersion: '1.2' }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: '24' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }
}

// No password lets anybody deploy.
resource ftpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'ftp'
  properties: { allow: false }
}
resource scmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: site
  name: 'scm'
  properties: { allow: false }
}

var withSignIn = !empty(entraClientId)
// The platform takes the app's identity in place of a client secret (docs/azure.md, "Sign-in without a secret").
var assertionSetting = 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'

resource authentication 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'authsettingsV2'
  properties: withSignIn
    ? {
        platform: { enabled: true }
        globalValidation: {
          requireAuthentication: true
          unauthenticatedClientAction: 'Return401'
          // Each is public, or has a key or a signature of its own.
          excludedPaths: [
            '/admin/*'
            '/api/health'
            '/api/hooks/okta/*'
            '/api/me'
            '/api/openapi.json'
            '/api/webhooks/events'
            '/api/webhooks/portal'
            '/portal'
            '/portal/*'
          ]
        }
        httpSettings: { requireHttps: true }
        login: { tokenStore: { enabled: false } }
        identityProviders: {
          azureActiveDirectory: {
            enabled: true
            registration: {
              clientId: entraClientId
              clientSecretSettingName: assertionSetting
              openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
            }
            validation: { allowedAudiences: [entraClientId, 'api://${entraClientId}'] }
          }
        }
      }
    : { platform: { enabled: false } }
}

var settings = union(
  {
    AzureWebJobsStorage__accountName: storageName
    AzureWebJobsStorage__credential: 'managedidentity'
    AzureWebJobsStorage__clientId: identityClientId
    APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
    AZURE_CLIENT_ID: identityClientId
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential'
    // docs/azure.md, "Size of request headers"
    languageWorkers__node__arguments: '--max-http-header-size=65536'
    KEY_VAULT_URL: vault.properties.vaultUri
    AUTH_MODE: withSignIn ? 'entra' : 'keys'
    PUBLIC_ORIGIN: empty(customDomain) ? '' : 'https://${customDomain}'
  },
  productSettings,
  withSignIn ? { ENTRA_TENANT_ID: tenant().tenantId, '${assertionSetting}': identityClientId } : {},
  empty(webhookSecretName)
    ? {}
    : { WEBHOOK_SECRETS: '@Microsoft.KeyVault(SecretUri=${vault::webhookSecret!.properties.secretUri})' }
)

// After the sign-in is on: the app refuses to start with AUTH_MODE=entra and nothing in front.
resource appSettings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: site
  name: 'appsettings'
  properties: settings
  dependsOn: [authentication]
}

resource code 'Microsoft.Web/sites/extensions@2022-09-01' = if (!empty(packageUri)) {
  parent: site
  name: any('onedeploy')
  properties: { packageUri: packageUri, remoteBuild: false }
  dependsOn: [appSettings]
}

output name string = site.name
output url string = 'https://${empty(customDomain) ? site.properties.defaultHostName : customDomain}'
