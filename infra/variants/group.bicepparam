// For checks only: into a resource group that is there, from a release's zip.
using '../connector.bicep'

param environmentName = 'okta-prod'
param packageUri = 'https://github.com/contoso/okta-connector/releases/download/v0.1.0/okta-connector-0.1.0.zip'
