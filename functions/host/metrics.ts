/**
 * The numbers of the log's lines as OpenTelemetry metrics, sent over OTLP/HTTP at each round of the timers
 * (docs/monitoring.md, "OpenTelemetry"). An instance may vanish a moment after its run: nothing waits for
 * a later turn. The packages are loaded when the first numbers are sent.
 */
import type { LogLine } from '../../shared/log-lines.ts';
import { VERSION } from '../../shared/version.ts';

interface Measured {
  name: string;
  unit: string;
  value: number;
  attributes?: Record<string, string>;
}

const of = (name: string, unit: string, value: number): Measured => ({ name, unit, value });

/** What the lines measure. Names follow the conventions of OpenTelemetry: no unit in them. */
export function measurementsOf(lines: readonly LogLine[]): Measured[] {
  return lines.flatMap((line) => {
    switch (line.kind) {
      case 'tick':
        return [
          of('okta.poll.due', '{connector}', line.sent),
          of('okta.poll.overdue', 's', line.oldestOverdueSeconds),
        ];
      case 'summary':
        return [
          ...Object.entries(line.byStatus).map(([status, value]) => ({
            ...of('okta.connectors', '{connector}', value),
            attributes: { status },
          })),
          of('okta.lag.max', 's', line.maxLagSeconds),
          of('okta.events', '{event}', line.events),
          of('okta.requests', '{request}', line.requests),
          of('okta.throttled', '{request}', line.throttled),
          of('okta.dead_letters', '{event}', line.deadLetters),
          of('okta.poison_messages', '{message}', line.poison),
          of('okta.backfills.stuck', '{backfill}', line.stuckBackfills),
          of('okta.rows.unreadable', '{row}', line.unreadableRows),
        ];
      case 'connector':
        return line.lagSeconds === null
          ? []
          : [
              {
                ...of('okta.connector.lag', 's', line.lagSeconds),
                attributes: { connector: line.id, status: line.status },
              },
            ];
      default:
        return [];
    }
  });
}

/**
 * Sends what the lines measure. The exporter reads its own settings, `OTEL_EXPORTER_OTLP_…`. Throws when the
 * collector does not take them.
 */
export async function sendMetrics(lines: readonly LogLine[]): Promise<void> {
  const { exportMeasurements } = await import('./otlp.ts');
  await exportMeasurements(measurementsOf(lines), VERSION);
}
