// The log: a workspace, and Application Insights in it, which takes no key.

param workspaceName string
param insightsName string
param location string
param tags object
param retentionDays int
param dailyCapGB int
param principalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
    features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
  }
}

@description('Monitoring Metrics Publisher: to write telemetry.')
var publisherRole = '3913510d-42f4-4e42-8a64-420c390055eb'

resource publisher 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, publisherRole)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', publisherRole)
  }
}

var workbookName = 'Okta connector'

var charts = [
  { title: 'Connectors that are not well', query: loadTextContent('../queries/unwell.kql') }
  { title: 'Connectors by status', query: loadTextContent('../queries/by-status.kql') }
  { title: 'Lag of the slowest connector, seconds', query: loadTextContent('../queries/lag.kql') }
  { title: 'Events read and requests sent', query: loadTextContent('../queries/throughput.kql') }
  { title: 'Refusals of Okta for its rate limit', query: loadTextContent('../queries/throttled.kql') }
  { title: 'Changes of status', query: loadTextContent('../queries/changes.kql') }
  { title: 'Ticks of the poll timer', query: loadTextContent('../queries/timer.kql') }
]

// https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate
var workbookContent = {
  version: 'Notebook/1.0'
  items: concat(
    [
      {
        type: 9
        name: 'parameters'
        content: {
          version: 'KqlParameterItem/1.0'
          style: 'pills'
          queryType: 0
          resourceType: 'microsoft.insights/components'
          parameters: [
            {
              id: guid(insights.id, 'range')
              version: 'KqlParameterItem/1.0'
              name: 'range'
              label: 'Time'
              type: 4
              value: { durationMs: 86400000 }
              typeSettings: {
                selectableValues: map([3600000, 14400000, 86400000, 604800000, 2592000000], ms => { durationMs: ms })
              }
            }
          ]
        }
      }
    ],
    map(charts, chart => {
      type: 3
      name: chart.title
      content: {
        version: 'KqlItem/1.0'
        title: chart.title
        query: chart.query
        size: 0
        timeContextFromParameter: 'range'
        queryType: 0
        resourceType: 'microsoft.insights/components'
      }
    })
  )
  fallbackResourceIds: [insights.id]
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(insights.id, workbookName)
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: workbookName
    category: 'workbook'
    sourceId: insights.id
    serializedData: string(workbookContent)
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
