/** The queries of the alerts and of the workbook are valid, and use only data that the app writes. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOG_LINES, type LogLineKind } from '../../../shared/log-lines.ts';
import { checkQuery } from '../../support/kusto.ts';
import { readText } from '../../support/repository.ts';
import { resourceOf, resourcesOf } from '../../support/templates.ts';

const FOLDER = fileURLToPath(new URL('../../../infra/queries/', import.meta.url));
const QUERIES = fs
  .readdirSync(FOLDER)
  .map((name) => [name, fs.readFileSync(path.join(FOLDER, name), 'utf8')] as const);
const ALERTS = resourcesOf('everything', 'Microsoft.Insights/scheduledQueryRules');
const ruleOf = ({ properties }: { properties: any }) => properties.criteria.allOf[0];
const WORKBOOK = JSON.parse(
  resourceOf('azd', 'Microsoft.Insights/workbooks').properties.serializedData,
);
const chartsOf = (workbook: any): any[] => workbook.items.filter(({ type }: any) => type === 3);

const kindsIn = (query: string) =>
  [...query.matchAll(/startswith '\{"kind":"(\w+)"'/g)].map(([, kind]) => kind as LogLineKind);
const fieldsIn = (query: string) =>
  [...query.matchAll(/\bline(?:\.(\w+)|\["(\w+)"\])/g)].map(([, name, quoted]) => name ?? quoted);

describe('the queries', () => {
  it.each(QUERIES)('%s parses, and uses only existing columns', (_, query) => {
    expect(checkQuery(query).faults).toEqual([]);
  });

  it.each(QUERIES)('%s names a kind of log line, and only its fields', (_, query) => {
    const [kind, ...others] = kindsIn(query);
    expect(others).toEqual([]);
    const known = Object.keys(LOG_LINES[kind as LogLineKind].shape);
    expect(fieldsIn(query).filter((field) => !known.includes(field as string))).toEqual([]);
  });

  it('are refused for an unknown column, operator or field', () => {
    expect(checkQuery('traces | project nothing').faults).toEqual([expect.stringMatching(/KS142/)]);
    expect(checkQuery('traces | frobnicate').faults).not.toEqual([]);
    expect(fieldsIn('line.lagSeconds + line["to"]')).toEqual(['lagSeconds', 'to']);
  });
});

describe('the alerts', () => {
  it('are three for the log, each with a query of the repository', () => {
    const texts = QUERIES.map(([, query]) => query);
    expect(ALERTS).toHaveLength(3);
    for (const alert of ALERTS) expect(texts).toContain(ruleOf(alert).query);
  });

  it('split by columns of their result, and measure one column', () => {
    for (const alert of ALERTS) {
      const { query, dimensions, metricMeasureColumn } = ruleOf(alert);
      const { columns } = checkQuery(query);
      const named = dimensions.map(({ name }: { name: string }) => name);
      if (metricMeasureColumn) named.push(metricMeasureColumn);
      expect(columns).toEqual(expect.arrayContaining(named));
    }
  });

  it('are sent to the address, if one is set', () => {
    const receivers = resourceOf('everything', 'Microsoft.Insights/actionGroups').properties;
    expect(receivers.emailReceivers).toMatchObject([{ emailAddress: 'operators@contoso.com' }]);
    for (const alert of ALERTS) expect(alert.properties.actions.actionGroups).toHaveLength(1);
    expect(resourcesOf('azd', 'Microsoft.Insights/actionGroups')).toEqual([]);
  });

  it('watch one metric of the storage account', () => {
    const { properties } = resourceOf('azd', 'Microsoft.Insights/metricAlerts');
    expect(properties.criteria.allOf).toMatchObject([
      { metricNamespace: 'Microsoft.Storage/storageAccounts', metricName: 'Transactions' },
    ]);
  });
});

describe('the workbook', () => {
  it('has a chart for each other query', () => {
    const ofAlerts = ALERTS.map((alert) => ruleOf(alert).query);
    const texts = QUERIES.map(([, query]) => query).filter((query) => !ofAlerts.includes(query));
    const shown = chartsOf(WORKBOOK).map(({ content }) => content.query);
    expect(shown.toSorted()).toEqual(texts.toSorted());
  });
});

describe('host.json', () => {
  const { logLevel, applicationInsights } = JSON.parse(readText('host.json')).logging;
  /** Like .NET: the longest matching prefix of the category applies. */
  const levelOf = (category: string) => {
    const rules = Object.keys(logLevel).filter((name) => `${category}.`.startsWith(`${name}.`));
    return logLevel[rules.toSorted((a, b) => b.length - a.length)[0] ?? 'default'];
  };

  it('keeps the structured lines, and drops the lines of each poll', () => {
    expect(levelOf('Function.poll-timer.User')).toBe('Information');
    expect(levelOf('Function.housekeeping.User')).toBe('Information');
    for (const category of ['Function.poll-connector', 'Function.poll-connector.User'])
      expect(levelOf(category)).toBe('Warning');
    for (const category of ['Function.poll-timer', 'Host.Results', 'Host.Triggers.DurableTask'])
      expect(levelOf(category)).toBe('Warning');
  });

  it('does not sample the structured lines', () => {
    expect(applicationInsights.samplingSettings.excludedTypes.split(';')).toContain('Trace');
  });
});
