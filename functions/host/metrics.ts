/**
 * Sends the numbers of the log lines as OpenTelemetry metrics over OTLP/HTTP, in each round of the
 * timers (docs/monitoring.md, "OpenTelemetry"). They are sent at once, because an instance may be
 * removed directly after its run. The packages are loaded when the first numbers are sent.
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

/** The measurements in the lines. Names follow OpenTelemetry's conventions: they contain no unit. */
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
 * Sends the measurements of the lines. The exporter reads its own settings, `OTEL_EXPORTER_OTLP_…`.
 * Throws when the collector does not accept them.
 */
export async function sendMetrics(lines: readonly LogLine[]): Promise<void> {
  const { exportMeasurements } = await import('./otlp.ts');
  await exportMeasurements(measurementsOf(lines), VERSION);
}
