/** The `Orchestrations` port on the durable client of one invocation. */
import type { InvocationContext } from '@azure/functions';
import * as df from 'durable-functions';
import type { Orchestrations } from '../../shared/backfill/workflow-engine.ts';
import { BACKFILL_ORCHESTRATOR } from '../../shared/backfill/orchestrator.ts';

export function durableOrchestrations(context: InvocationContext): Orchestrations {
  const client = df.getClient(context);
  const isActive = async (instanceId: string) => {
    try {
      const { runtimeStatus } = await client.getStatus(instanceId, { showInput: false });
      return (
        runtimeStatus === df.OrchestrationRuntimeStatus.Running ||
        runtimeStatus === df.OrchestrationRuntimeStatus.Pending ||
        runtimeStatus === df.OrchestrationRuntimeStatus.Suspended ||
        runtimeStatus === df.OrchestrationRuntimeStatus.ContinuedAsNew
      );
    } catch {
      // The client throws where there is no such instance (facts/azure.md §1.3).
      return false;
    }
  };
  return {
    isActive,
    start: async (instanceId, input) => {
      try {
        await client.startNew(BACKFILL_ORCHESTRATOR, { instanceId, input });
      } catch (error) {
        // It also throws where another caller has just started it.
        if (!(await isActive(instanceId))) throw error;
      }
    },
  };
}

/** How long a finished orchestration can still be looked at. The storage provider never purges by itself. */
const KEEP_FINISHED_MS = 7 * 86_400_000;

export async function purgeFinished(context: InvocationContext, nowMs: number): Promise<void> {
  await df.getClient(context).purgeInstanceHistoryBy({
    createdTimeFrom: new Date(0),
    createdTimeTo: new Date(nowMs - KEEP_FINISHED_MS),
    runtimeStatus: [
      df.OrchestrationRuntimeStatus.Completed,
      df.OrchestrationRuntimeStatus.Failed,
      df.OrchestrationRuntimeStatus.Terminated,
    ],
  });
}
