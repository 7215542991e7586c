/** Runs an activity function and sends the result to its orchestration. */

import { jsonOf } from '../base/functions.ts';
import { log } from '../base/log.ts';
import type { Worker } from '../base/worker.ts';
import type { ControlMessage } from './steps.ts';

export interface WorkItem {
  instanceId: string;
  executionId: string;
  /** Number of the task in its orchestration. */
  id: number;
  name: string;
  input: unknown;
}

/**
 * Undefined when the activity does not exist: as on the real host, the orchestration then waits
 * forever.
 */
export async function runActivity(
  worker: Worker,
  { instanceId, executionId, id, name, input }: WorkItem,
): Promise<ControlMessage | undefined> {
  const found = worker.find(name, 'activityTrigger');
  if (!found) {
    log('error', 'durable', `there is no activity ${name}`);
    return undefined;
  }
  try {
    const { returnValue } = await worker.invoke(found, [
      { name: found.trigger.name, data: { json: JSON.stringify(input ?? null) } },
    ]);
    return { kind: 'completed', instanceId, executionId, id, result: jsonOf(returnValue) };
  } catch (error) {
    const details = error instanceof Error ? error.message : String(error);
    log('error', name, error instanceof Error ? (error.stack ?? details) : details);
    const reason = `Activity function '${name}' failed: ${details}`;
    return { kind: 'failed', instanceId, executionId, id, reason, details };
  }
}
