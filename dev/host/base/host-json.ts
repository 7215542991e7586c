/** The settings of `host.json` that this host supports. */
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
  durable: DurableSettings;
  /** After this time the host ends the worker, with every invocation that runs in it. */
  functionTimeoutMs: number;
}

export interface DurableSettings {
  hubName: string;
  maxActivities: number;
  maxOrchestrators: number;
  /** The message of a host that died becomes visible again after this time. */
  controlHiddenSeconds: number;
  workHiddenSeconds: number;
  /** Whether running activities may complete when the host stops. */
  useGracefulShutdown: boolean;
  /**
   * True when the storage was killed together with the last host and may have lost messages that real
   * storage keeps. Messages that active orchestrations wait for are then sent again.
   */
  resendsAtStart: boolean;
  /** With a seed, durable timers end early or late at random. */
  timerSeed: number | undefined;
}

const SHORTEST_VISIBILITY_MS = 60_000;

/** `hh:mm:ss`. */
function durationMs(text: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = text.split(':').map(Number);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/**
 * The real host rejects less than a minute as well, by stopping. Tests that kill hosts use a shorter
 * time to avoid that wait.
 */
function hiddenSeconds(name: string, text = '00:05:00'): number {
  const ofTests = process.env.LOCAL_HIDDEN_SECONDS;
  if (ofTests) return Number(ofTests);
  const ms = durationMs(text);
  if (ms < SHORTEST_VISIBILITY_MS)
    throw new Error(`host.json: the ${name} must be at least one minute`);
  return ms / 1000;
}

export function readHostJson(root: string): HostSettings {
  const { extensions = {}, functionTimeout = '00:30:00' } = JSON.parse(
    fs.readFileSync(path.join(root, 'host.json'), 'utf8'),
  );
  const { http = {}, queues = {}, durableTask = {} } = extensions;
  const { controlQueueVisibilityTimeout, workItemQueueVisibilityTimeout } =
    durableTask.storageProvider ?? {};
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
      controlHiddenSeconds: hiddenSeconds(
        'controlQueueVisibilityTimeout',
        controlQueueVisibilityTimeout,
      ),
      workHiddenSeconds: hiddenSeconds(
        'workItemQueueVisibilityTimeout',
        workItemQueueVisibilityTimeout,
      ),
      useGracefulShutdown: durableTask.useGracefulShutdown ?? false,
      resendsAtStart: process.env.LOCAL_STORAGE_FORGETS === 'true',
      timerSeed: process.env.LOCAL_TIMER_SEED ? Number(process.env.LOCAL_TIMER_SEED) : undefined,
    },
    functionTimeoutMs: durationMs(functionTimeout),
  };
}

/** Resolves `%SETTING%` in schedules and queue names. */
export function resolveSettings(text: string): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = process.env[name];
    if (!value) throw new Error(`Setting ${name}: required by a function, and not set.`);
    return value;
  });
}
