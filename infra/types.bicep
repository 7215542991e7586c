// The parameters that both entries take, each with its limits and its meaning. An entry refuses
// anything else before Azure is asked for anything.

@export()
@description('Tells several connectors of one subscription apart, such as okta-prod: a part of names and tags.')
@minLength(1)
@maxLength(64)
type environmentName = string

@export()
@description('Memory of an instance in MB. 2048 carries a backfill; 512 is for a few quiet orgs.')
type instanceMemory = 512 | 2048 | 4096

@export()
@description('The most instances that may run at once. Azure accepts no less than 40.')
@minValue(40)
@maxValue(1000)
type instanceCount = int

@export()
@description('Days that the log is kept in the workspace.')
@minValue(30)
@maxValue(730)
type logRetention = int

@export()
@description('The most GB of log that the workspace takes in a day; beyond it the log stops until the next day, alerts included.')
@minValue(1)
@maxValue(100)
type logCap = int

@export()
@description('Days that events are kept in Table Storage.')
@minValue(91)
@maxValue(3650)
type eventRetention = int

@export()
@description('Days that the record of management calls is kept.')
@minValue(90)
@maxValue(3650)
type auditRetention = int

@export()
@description('Percent of Okta\'s rate limit that stays free for other tools.')
@minValue(0)
@maxValue(90)
type reservePercent = int

@export()
@description('Slices of one backfill that are read side by side.')
@minValue(1)
@maxValue(16)
type parallelSlices = int

@export()
@description('recover: a vault of the same name was deleted and is kept by its purge protection (docs/azure.md, "Vaults that were deleted"). Take default again after that deployment.')
type vaultCreateMode = 'default' | 'recover'

@export()
@description('Client id of the app registration that npm run register-app made. Empty: function keys instead of sign-in with Entra ID.')
@maxLength(36)
type entraClientId = string

@export()
@description('Address that alerts are sent to. Empty: alerts fire in Azure Monitor and notify nobody.')
@maxLength(254)
type emailAddress = string

@export()
@description('Exact custom host names of Okta orgs that may be registered, such as login.contoso.com.')
@maxLength(100)
type hostNames = string[]

@export()
@description('Host name under which the portal page is opened, such as okta.contoso.com. Empty: the app\'s own name. Domain and certificate are added to the app apart from the template.')
@maxLength(253)
type hostName = string

@export()
@description('Name of the vault\'s secret with the signing secrets of webhooks. The secret must be there. Empty: signed webhooks are refused.')
@maxLength(127)
type secretName = string

@export()
@description('IPv4 range of the private network, a /24 or larger.')
@minLength(9)
@maxLength(18)
type addressRange = string

@export()
@description('URL of the zip of a release, which is deployed with the resources. Empty: the code is deployed apart, as azd does.')
@maxLength(2048)
type packageUri = string
