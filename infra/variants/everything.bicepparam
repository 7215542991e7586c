// For checks only: every option at once.
using '../main.bicep'

param environmentName = 'okta-prod'
param location = 'westeurope'
param resourceGroupName = 'rg-contoso'
param instanceMemoryMB = 4096
param maximumInstanceCount = 100
param zoneRedundant = true
param privateNetwork = true
param vaultCreateMode = 'recover'
param entraClientId = '33333333-3333-3333-3333-333333333333'
param alertEmail = 'operators@contoso.com'
param logRetentionDays = 90
param logDailyCapGB = 5
param eventRetentionDays = 400
param auditRetentionDays = 730
param rateLimitReservePercent = 20
param backfillParallelSlices = 8
param oktaAllowedDomains = ['login.contoso.com', 'id.contoso.com']
param customDomain = 'okta.contoso.com'
param webhookSecretName = 'webhook-secrets'
param packageUri = 'https://github.com/contoso/okta-connector/releases/download/v0.1.0/okta-connector-0.1.0.zip'
