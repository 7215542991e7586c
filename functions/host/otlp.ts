/**
 * One export of gauges over OTLP/HTTP. Only `metrics.ts` loads this file, and only when a collector is
 * configured.
 */
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, MetricReader, type ResourceMetrics } from '@opentelemetry/sdk-metrics';

const SERVICE = 'okta-connector';

/** Reads on demand, without a timer. */
class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export async function exportMeasurements(
  measured: readonly {
    name: string;
    unit: string;
    value: number;
    attributes?: Record<string, string>;
  }[],
  version: string,
): Promise<void> {
  const reader = new ReaderOnDemand();
  const provider = new MeterProvider({
    resource: resourceFromAttributes({ 'service.name': SERVICE, 'service.version': version }),
    readers: [reader],
  });
  const meter = provider.getMeter(SERVICE, version);
  for (const { name, unit, value, attributes } of measured)
    meter.createGauge(name, { unit }).record(value, attributes);
  const { resourceMetrics, errors } = await reader.collect();
  if (errors.length > 0) throw errors[0];
  const exporter = new OTLPMetricExporter();
  try {
    await sent(exporter, resourceMetrics);
  } finally {
    await exporter.shutdown();
    await provider.shutdown();
  }
}

const sent = (exporter: OTLPMetricExporter, metrics: ResourceMetrics): Promise<void> =>
  new Promise((resolve, reject) => {
    exporter.export(metrics, ({ code, error }) => {
      if (code === 0) resolve();
      else reject(error ?? new Error('the collector did not accept the metrics'));
    });
  });
