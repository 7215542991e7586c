/**
 * Writes the structured lines of an invocation to its log, and sends them as metrics when a collector
 * is configured.
 */
import type { InvocationContext } from '@azure/functions';
import type { Config } from '../../shared/config.ts';
import { type LogLine, logLine } from '../../shared/log-lines.ts';
import { sendMetrics } from './metrics.ts';

export async function telling(
  context: InvocationContext,
  { sendsMetrics }: Pick<Config, 'sendsMetrics'>,
  work: (tell: (line: LogLine) => void) => Promise<void>,
): Promise<void> {
  const lines: LogLine[] = [];
  try {
    await work((line) => {
      lines.push(line);
      context.log(logLine(line));
    });
  } finally {
    // An unavailable collector must not fail the run.
    if (sendsMetrics)
      await sendMetrics(lines).catch((error) =>
        context.warn('The metrics could not be sent.', error),
      );
  }
}
