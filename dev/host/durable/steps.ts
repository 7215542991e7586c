/** Converts messages and tasks to history events, and back (pure except for ids and the clock). */
import { randomUUID } from 'node:crypto';
import { EventType, type HistoryEvent, type Scheduled } from './history.ts';
import type { Instance } from './instances.ts';

/** A message to an orchestration. */
export type ControlMessage = { instanceId: string; executionId: string } & (
  | { kind: 'start' | 'suspend' | 'resume' }
  | { kind: 'terminate'; reason: string }
  | { kind: 'completed'; id: number; result: string }
  | { kind: 'failed'; id: number; reason: string; details: string }
  | { kind: 'timer'; id: number; fireAt: string }
  | { kind: 'raised'; name: string; input: string }
);

export const now = () => new Date().toISOString();

export const blank = (type: number): HistoryEvent => ({
  EventType: type,
  EventId: -1,
  IsPlayed: false,
  Timestamp: now(),
});

export function newInstance(instanceId: string, name: string, input: unknown): Instance {
  return {
    instanceId,
    name,
    executionId: randomUUID(),
    runtimeStatus: 'Pending',
    createdTime: now(),
    lastUpdatedTime: now(),
    input,
    output: null,
    customStatus: null,
    history: [],
  };
}

export const ended = (
  instance: Instance,
  runtimeStatus: 'Completed' | 'Failed' | 'Terminated',
  output: unknown,
): Instance => ({ ...instance, runtimeStatus, output, lastUpdatedTime: now() });

export const isScheduling = ({ EventType: type }: HistoryEvent): boolean =>
  type === EventType.TaskScheduled || type === EventType.TimerCreated;

const isEnding = ({ EventType: type }: HistoryEvent): boolean =>
  type === EventType.TaskCompleted ||
  type === EventType.TaskFailed ||
  type === EventType.TimerFired;

const taskIdOf = (event: HistoryEvent): number | undefined =>
  event.TaskScheduledId ?? event.TimerId;

export function schedulingEvent(task: Scheduled): HistoryEvent {
  return task.kind === 'activity'
    ? {
        ...blank(EventType.TaskScheduled),
        EventId: task.id,
        Name: task.name,
        Input: JSON.stringify(task.input ?? null),
      }
    : { ...blank(EventType.TimerCreated), EventId: task.id, FireAt: task.fireAt };
}

/** Tasks that are scheduled and not completed. */
export function openTasks(history: HistoryEvent[]): Scheduled[] {
  const endedIds = new Set(history.filter(isEnding).map(taskIdOf));
  return history
    .filter((event) => isScheduling(event) && !endedIds.has(event.EventId))
    .map(({ EventType: type, EventId: id, Name, Input, FireAt }) =>
      type === EventType.TaskScheduled
        ? { kind: 'activity', id, name: Name ?? '', input: JSON.parse(Input ?? 'null') }
        : { kind: 'timer', id, fireAt: FireAt ?? '', canceled: false },
    );
}

/**
 * The history event of a message; `ignore` for a duplicate, `later` when its task is not committed yet.
 */
export function eventOf(
  message: ControlMessage,
  { history }: Instance,
): HistoryEvent | 'ignore' | 'later' | undefined {
  switch (message.kind) {
    case 'start':
      return history.length === 0 ? undefined : 'ignore';
    case 'raised':
      return { ...blank(EventType.EventRaised), Name: message.name, Input: message.input };
    case 'completed':
    case 'failed':
    case 'timer': {
      const { id } = message;
      if (history.some((event) => isEnding(event) && taskIdOf(event) === id)) return 'ignore';
      if (!history.some((event) => isScheduling(event) && event.EventId === id)) return 'later';
      if (message.kind === 'timer')
        return { ...blank(EventType.TimerFired), TimerId: id, FireAt: message.fireAt };
      if (message.kind === 'completed')
        return { ...blank(EventType.TaskCompleted), TaskScheduledId: id, Result: message.result };
      const { reason, details } = message;
      return {
        ...blank(EventType.TaskFailed),
        TaskScheduledId: id,
        Reason: reason,
        Details: details,
      };
    }
    default:
      return 'ignore';
  }
}
