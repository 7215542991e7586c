// Few alerts, since each costs more than the rest of a small deployment (docs/monitoring.md, "Alerts").

param suffix string
param location string
param tags object
param insightsId string
param storageId string
param email string

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-okta-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'okta'
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

var logAlerts = [
  {
    name: 'unhealthy'
    title: 'A connector is not well'
    text: 'Its status and the portal page say what to do.'
    query: loadTextContent('../queries/unhealthy.kql')
    severity: 2
    every: 'PT15M'
    over: 'PT15M'
    dimensions: ['connector', 'problem']
    column: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'trouble'
    title: 'Trouble of the app as a whole'
    text: 'throttled, deadLetters, poison, stuckBackfills or unreadableRows: docs/monitoring.md says what to do.'
    query: loadTextContent('../queries/trouble.kql')
    severity: 2
    every: 'PT15M'
    // Longer than the period: what grows between two rounds counts as well.
    over: 'PT30M'
    dimensions: ['problem']
    column: null
    operator: 'GreaterThan'
    threshold: 0
  }
  {
    name: 'silent'
    title: 'The poll timer is silent'
    text: 'No tick for 15 minutes: nothing is polled, or the log does not arrive.'
    query: loadTextContent('../queries/silent.kql')
    severity: 1
    every: 'PT5M'
    over: 'PT15M'
    dimensions: []
    column: 'ticks'
    operator: 'LessThan'
    threshold: 1
  }
]

var actions = empty(email) ? [] : [group.id]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in logAlerts: {
    name: 'okta-${alert.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Okta connector: ${alert.title}'
      description: alert.text
      severity: alert.severity
      enabled: true
      scopes: [insightsId]
      evaluationFrequency: alert.every
      windowSize: alert.over
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: alert.column == null ? 'Count' : 'Total'
            metricMeasureColumn: alert.column
            dimensions: [
              for dimension in alert.dimensions: { name: dimension, operator: 'Include', values: ['*'] }
            ]
            operator: alert.operator
            threshold: alert.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      // A workspace without any log refuses the names in the queries.
      skipQueryValidation: true
      actions: { actionGroups: actions }
    }
  }
]

resource storageRefuses 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'okta-storage-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'Okta connector: the storage account refuses requests. A role is missing, or it is too busy.'
    severity: 2
    enabled: true
    scopes: [storageId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'refused'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 20
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: ['ServerBusyError', 'ClientThrottlingError', 'AuthorizationError']
            }
          ]
        }
      ]
    }
    autoMitigate: true
    actions: [for id in actions: { actionGroupId: id }]
  }
}
