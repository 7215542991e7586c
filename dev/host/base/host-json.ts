/** The settings of `host.json` that this host honours. */
import fs from 'node:fs';
import path from 'node:path';

export interface HostSettings {
  routePrefix: string;
  queues: {
    maxPollingIntervalMs: number;
    visibilityTimeoutSeconds: number;
    batchSize: number;
    newBatchThreshold: number;
    maxDequeueCount: number;
  };
  durable: { hubName: string; maxActivities: number; maxOrchestrators: number };
}

/** `hh:mm:ss`. */
function durationMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

export function readHostJson(root: string): HostSettings {
  const { extensions = {} } = JSON.parse(fs.readFileSync(path.join(root, 'host.json'), 'utf8'));
  const { http = {}, queues = {}, durableTask = {} } = extensions;
  const hubName =
    process.env.AzureFunctionsJobHost__extensions__durableTask__hubName ?? durableTask.hubName;
  if (!/^[A-Za-z][A-Za-z0-9]{2,44}$/.test(hubName ?? ''))
    throw new Error('host.json: the hubName of durableTask must be 3 to 45 letters and digits');
  return {
    routePrefix: http.routePrefix ?? 'api',
    queues: {
      maxPollingIntervalMs: durationMs(queues.maxPollingInterval ?? '00:01:00'),
      visibilityTimeoutSeconds: durationMs(queues.visibilityTimeout ?? '00:00:00') / 1000,
      batchSize: queues.batchSize ?? 16,
      newBatchThreshold: queues.newBatchThreshold ?? 8,
      maxDequeueCount: queues.maxDequeueCount ?? 5,
    },
    durable: {
      hubName,
      maxActivities: durableTask.maxConcurrentActivityFunctions ?? 10,
      maxOrchestrators: durableTask.maxConcurrentOrchestratorFunctions ?? 5,
    },
  };
}

/** `%SETTING%` in schedules and queue names. */
export function resolveSettings(text: string): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = process.env[name];
    if (!value) throw new Error(`Setting ${name}: needed by a function, and not set.`);
    return value;
  });
}
