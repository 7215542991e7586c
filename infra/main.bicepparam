// azd's parameters, out of its environment: azd env set NAME VALUE. docs/deploy.md lists them.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param resourceGroupName = readEnvironmentVariable('AZURE_RESOURCE_GROUP', 'rg-${environmentName}')

param instanceMemoryMB = any(int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048')))
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '40'))
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param privateNetwork = bool(readEnvironmentVariable('PRIVATE_NETWORK', 'false'))
param vnetAddressPrefix = readEnvironmentVariable('VNET_ADDRESS_PREFIX', '10.42.0.0/24')
param vaultCreateMode = any(readEnvironmentVariable('VAULT_CREATE_MODE', 'default'))
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param logRetentionDays = int(readEnvironmentVariable('LOG_RETENTION_DAYS', '30'))
param logDailyCapGB = int(readEnvironmentVariable('LOG_DAILY_CAP_GB', '1'))
param eventRetentionDays = int(readEnvironmentVariable('EVENT_RETENTION_DAYS', '180'))
param auditRetentionDays = int(readEnvironmentVariable('AUDIT_RETENTION_DAYS', '365'))
param rateLimitReservePercent = int(readEnvironmentVariable('RATE_LIMIT_RESERVE_PERCENT', '10'))
param backfillParallelSlices = int(readEnvironmentVariable('BACKFILL_PARALLEL_SLICES', '4'))
param oktaAllowedDomains = empty(readEnvironmentVariable('OKTA_ALLOWED_DOMAINS', ''))
  ? []
  : split(readEnvironmentVariable('OKTA_ALLOWED_DOMAINS', ''), ',')
param customDomain = readEnvironmentVariable('CUSTOM_DOMAIN', '')
param webhookSecretName = readEnvironmentVariable('WEBHOOK_SECRET_NAME', '')
