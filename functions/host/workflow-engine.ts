/** The `WorkflowEngine` port on the durable client of one invocation. */
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import { BACKFILL_ORCHESTRATOR } from '../../shared/backfill/orchestrator.ts';
import type { WorkflowEngine } from '../../shared/workflow-engine.ts';

const { OrchestrationRuntimeStatus: Status } = df;
const ACTIVE: unknown[] = [Status.Running, Status.Pending, Status.Suspended, Status.ContinuedAsNew];

/** The client is created on use: a function that never uses it needs no durable input. */
export function durableWorkflows(context: InvocationContext): WorkflowEngine {
  const isActive = async (instanceId: string) => {
    try {
      const status = await df.getClient(context).getStatus(instanceId, { showInput: false });
      return ACTIVE.includes(status.runtimeStatus);
    } catch {
      // The client throws for a missing instance (docs/azure.md, "Missing instances").
      return false;
    }
  };
  return {
    isActive,
    start: async (instanceId, input) => {
      try {
        await df.getClient(context).startNew(BACKFILL_ORCHESTRATOR, { instanceId, input });
      } catch (error) {
        // The client also throws when another caller has just started the instance.
        if (!(await isActive(instanceId))) throw error;
      }
    },
    purgeFinished: async (createdBeforeMs) => {
      await df.getClient(context).purgeInstanceHistoryBy({
        createdTimeFrom: new Date(0),
        createdTimeTo: new Date(createdBeforeMs),
        runtimeStatus: [Status.Completed, Status.Failed, Status.Terminated],
      });
    },
  };
}
