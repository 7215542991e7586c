/** Microsoft's own parser and binder of the query language, over the tables of Application Insights. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
// Scripts for browsers: they leave their namespaces in the global object.
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Symbols, GlobalState, KustoCode } = (globalThis as any).Kusto.Language;

/** https://learn.microsoft.com/azure/azure-monitor/reference/tables/traces: the columns in use. */
const TRACES = Symbols.TableSymbol.From(
  '(timestamp: datetime, message: string, severityLevel: int, operation_Name: string, cloud_RoleName: string, cloud_RoleInstance: string, customDimensions: dynamic)',
).WithName('traces');
const globals = GlobalState.Default.WithDatabase(
  new Symbols.DatabaseSymbol.$ctor1('Default', [TRACES]),
);

const itemsOf = (list: any): any[] => Array.from({ length: list.Count }, (_, n) => list.getItem(n));

/** The faults of a query, and the columns of its result. */
export function checkQuery(query: string): { faults: string[]; columns: string[] } {
  const code = KustoCode.ParseAndAnalyze(query, globals);
  return {
    faults: itemsOf(code.GetDiagnostics()).map(({ Code, Message }) => `${Code}: ${Message}`),
    columns: itemsOf(code.ResultType?.Columns ?? { Count: 0 }).map(({ Name }) => Name),
  };
}
