// For checks only: sign-in with Entra ID, everything else by default.
using '../main.bicep'

param environmentName = 'okta-prod'
param location = 'westeurope'
param entraClientId = '33333333-3333-3333-3333-333333333333'
