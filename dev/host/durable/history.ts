/**
 * The history of an orchestration in the format of the durable-functions library, and the actions that
 * the library returns (docs/azure.md, "Replay protocol").
 */

export const EventType = {
  ExecutionStarted: 0,
  ExecutionCompleted: 1,
  TaskScheduled: 4,
  TaskCompleted: 5,
  TaskFailed: 6,
  TimerCreated: 10,
  TimerFired: 11,
  OrchestratorStarted: 12,
  OrchestratorCompleted: 13,
  EventRaised: 15,
} as const;

export interface HistoryEvent {
  EventType: number;
  EventId: number;
  IsPlayed: boolean;
  Timestamp: string;
  Name?: string;
  Input?: string;
  Result?: string;
  Reason?: string;
  Details?: string;
  TaskScheduledId?: number;
  TimerId?: number;
  FireAt?: string;
}

const ActionType = {
  CallActivity: 0,
  ContinueAsNew: 4,
  CreateTimer: 5,
  WaitForExternalEvent: 6,
  WhenAny: 11,
  WhenAll: 12,
} as const;

export interface Action {
  actionType: number;
  functionName?: string;
  input?: unknown;
  fireAt?: string;
  isCanceled?: boolean;
  compoundActions?: Action[];
}

/** The return value of the orchestrator function. */
export interface OrchestratorState {
  isDone: boolean;
  actions: Action[][];
  output?: unknown;
  error?: string;
  customStatus?: unknown;
}

/** A task numbered in the order of scheduling. Results refer to tasks by this number. */
export type Scheduled =
  | { kind: 'activity'; id: number; name: string; input: unknown }
  | { kind: 'timer'; id: number; fireAt: string; canceled: boolean };

/** All tasks of the run so far, numbered like the library does, and the restart, if requested. */
export function tasksOf(actions: Action[][]): {
  tasks: Scheduled[];
  continueAsNew: { input: unknown } | undefined;
} {
  const tasks: Scheduled[] = [];
  let continueAsNew: { input: unknown } | undefined;
  const visit = (action: Action): void => {
    const id = tasks.length;
    switch (action.actionType) {
      case ActionType.CallActivity:
        tasks.push({ kind: 'activity', id, name: action.functionName ?? '', input: action.input });
        return;
      case ActionType.CreateTimer:
        tasks.push({
          kind: 'timer',
          id,
          fireAt: action.fireAt ?? '',
          canceled: action.isCanceled ?? false,
        });
        return;
      case ActionType.ContinueAsNew:
        continueAsNew = { input: action.input ?? null };
        return;
      case ActionType.WhenAny:
      case ActionType.WhenAll:
        action.compoundActions?.forEach(visit);
        return;
      case ActionType.WaitForExternalEvent:
        return;
      default:
        throw new Error(`the development host does not know action ${action.actionType}`);
    }
  };
  actions.flat().forEach(visit);
  return { tasks, continueAsNew };
}

const OUT_OF_PROC_DATA = '\n\n$OutOfProcData$:';

/** A failing orchestrator throws an error whose message contains its state after a label. */
export function stateOfError(error: unknown): OrchestratorState {
  const message = error instanceof Error ? error.message : String(error);
  const at = message.indexOf(OUT_OF_PROC_DATA);
  if (at < 0) return { isDone: false, actions: [[]], error: message };
  const state = JSON.parse(message.slice(at + OUT_OF_PROC_DATA.length)) as OrchestratorState;
  return { ...state, error: state.error ?? message.slice(0, at) };
}
