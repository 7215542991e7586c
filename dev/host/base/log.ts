/** The host's log, one line per entry: time, level, function, message. */
const SHOWN = new Set(['information', 'warning', 'error', 'critical']);

export function log(level: string, source: string, message: string): void {
  if (!SHOWN.has(level)) return;
  console.log(`${new Date().toISOString()} ${level} ${source} ${message}`);
}
