/**
 * The durable engine: orchestrations on the queues and tables of the storage account, so they survive
 * the host and several hosts share them, as with the real Azure Storage provider.
 *
 * Every effect happens at least once. A step first sends its messages, then commits the instance by
 * compare and swap, then deletes its own message. Duplicates are recognised by execution and task
 * number, and ignored.
 */

import { jsonOf } from '../base/functions.ts';
import type { DurableSettings } from '../base/host-json.ts';
import { type Worker, WorkerExited } from '../base/worker.ts';
import { runActivity, type WorkItem } from './activity.ts';
import {
  EventType,
  type HistoryEvent,
  type OrchestratorState,
  type Scheduled,
  stateOfError,
  tasksOf,
} from './history.ts';
import { type Instance, Instances, isActive } from './instances.ts';
import { type Handled, MessageQueue } from './message-queue.ts';
import {
  blank,
  type ControlMessage,
  ended,
  eventOf,
  isScheduling,
  newInstance,
  now,
  openTasks,
  schedulingEvent,
} from './steps.ts';
import { TimerDelays } from './timer-delays.ts';

export class DurableEngine {
  readonly instances: Instances;
  readonly #worker: Worker;
  readonly #timers: TimerDelays;
  readonly #resendsAtStart: boolean;
  readonly #control: MessageQueue<ControlMessage>;
  readonly #work: MessageQueue<WorkItem>;
  /** Serialises the steps of each instance within this host. */
  readonly #steps = new Map<string, Promise<unknown>>();

  constructor(worker: Worker, connectionString: string, settings: DurableSettings) {
    const { hubName, maxActivities, maxOrchestrators } = settings;
    this.#worker = worker;
    this.#resendsAtStart = settings.resendsAtStart;
    this.#timers = new TimerDelays(settings.timerSeed);
    this.instances = new Instances(connectionString, hubName);
    this.#control = new MessageQueue(connectionString, `${hubName}-control`, {
      parallel: maxOrchestrators,
      hiddenSeconds: settings.controlHiddenSeconds,
    });
    this.#work = new MessageQueue(connectionString, `${hubName}-workitems`, {
      parallel: maxActivities,
      hiddenSeconds: settings.workHiddenSeconds,
    });
  }

  /** A host without durable functions leaves the hub alone (docs/azure.md, "Hosts without durable functions"). */
  async start(): Promise<void> {
    const triggers = ['orchestrationTrigger', 'activityTrigger'];
    if (triggers.every((type) => this.#worker.withTrigger(type).length === 0)) return;
    await Promise.all([this.instances.open(), this.#control.open(), this.#work.open()]);
    if (this.#resendsAtStart) await this.#drive();
    this.#control.listen((message) => this.#inTurn(message));
    this.#work.listen((item) => this.#runActivity(item));
  }

  async stop(): Promise<void> {
    await Promise.all([this.#control.stop(), this.#work.stop()]);
  }

  /** Returns false when an instance of this id is active. */
  async startNew(instanceId: string, name: string, input: unknown): Promise<boolean> {
    const before = await this.instances.get(instanceId);
    if (before && isActive(before.instance)) return false;
    const instance = newInstance(instanceId, name, input);
    if (!(await this.instances.put(instance, before?.etag))) return false;
    await this.#control.send({ kind: 'start', instanceId, executionId: instance.executionId });
    return true;
  }

  async signal(
    { instanceId, executionId }: Instance,
    signal:
      | { kind: 'suspend' | 'resume' }
      | { kind: 'terminate'; reason: string }
      | { kind: 'raised'; name: string; input: string },
  ): Promise<void> {
    await this.#control.send({ instanceId, executionId, ...signal });
  }

  /**
   * Sends again the messages that an active instance waits for: storage may have lost them when it was
   * killed.
   */
  async #drive(): Promise<void> {
    for await (const { instance } of this.instances.list()) {
      if (!isActive(instance)) continue;
      const { instanceId, executionId, history } = instance;
      if (history.length === 0)
        await this.#control.send({ kind: 'start', instanceId, executionId });
      for (const task of openTasks(history)) await this.#schedule(instance, task);
    }
  }

  #inTurn(message: ControlMessage): Promise<Handled> {
    const { instanceId } = message;
    const before = this.#steps.get(instanceId) ?? Promise.resolve();
    const step = before.catch(() => {}).then(() => this.#step(message));
    this.#steps.set(instanceId, step);
    return step.finally(() => {
      if (this.#steps.get(instanceId) === step) this.#steps.delete(instanceId);
    });
  }

  async #step(message: ControlMessage): Promise<Handled> {
    const stored = await this.instances.get(message.instanceId);
    if (!stored || stored.instance.executionId !== message.executionId) return 'done';
    const { instance, etag } = stored;
    if (!isActive(instance)) return 'done';
    const commit = async (changed: Instance): Promise<Handled> =>
      (await this.instances.put(changed, etag)) ? 'done' : 'later';

    if (message.kind === 'terminate')
      return await commit(ended(instance, 'Terminated', message.reason));
    if (message.kind === 'suspend')
      return await commit({ ...instance, runtimeStatus: 'Suspended' });
    if (instance.runtimeStatus === 'Suspended') {
      if (message.kind !== 'resume') return 'later';
      return await commit({ ...instance, runtimeStatus: 'Running' });
    }
    const event = eventOf(message, instance);
    if (event === 'ignore') return 'done';
    if (event === 'later') return 'later';
    try {
      return await commit(await this.#replay(instance, event));
    } catch (error) {
      // No decision was committed: the next worker repeats the step.
      if (error instanceof WorkerExited) return 'later';
      throw error;
    }
  }

  /** Replays the orchestrator over its history and the new event, and schedules new tasks. */
  async #replay(instance: Instance, event: HistoryEvent | undefined): Promise<Instance> {
    const played = instance.history.map((one) => ({ ...one, IsPlayed: true }));
    const started = { ...blank(EventType.OrchestratorStarted), Timestamp: now() };
    const opening =
      played.length === 0 ? [{ ...blank(EventType.ExecutionStarted), Name: instance.name }] : [];
    const history = [...played, started, ...opening, ...(event ? [event] : [])];
    const state = await this.#runOrchestrator(instance, history);
    const { tasks, continueAsNew } = tasksOf(state.actions);
    const running: Instance = {
      ...instance,
      runtimeStatus: 'Running',
      lastUpdatedTime: now(),
      customStatus: state.customStatus ?? instance.customStatus,
    };
    if (state.error !== undefined) return { ...ended(running, 'Failed', state.error), history };
    if (continueAsNew) {
      const next = newInstance(instance.instanceId, instance.name, continueAsNew.input);
      await this.#control.send({ kind: 'start', ...next });
      const { createdTime } = instance;
      return { ...next, createdTime, customStatus: running.customStatus, runtimeStatus: 'Running' };
    }
    const known = new Set(history.filter(isScheduling).map(({ EventId }) => EventId));
    for (const task of tasks.filter(({ id }) => !known.has(id))) {
      await this.#schedule(instance, task);
      history.push(schedulingEvent(task));
    }
    history.push(blank(EventType.OrchestratorCompleted));
    if (state.isDone) return { ...ended(running, 'Completed', state.output ?? null), history };
    return { ...running, history };
  }

  async #runOrchestrator(
    { instanceId, name, input }: Instance,
    history: HistoryEvent[],
  ): Promise<OrchestratorState> {
    const found = this.#worker.find(name, 'orchestrationTrigger');
    if (!found) return { isDone: false, actions: [[]], error: `no orchestrator ${name}` };
    const context = {
      history,
      input,
      instanceId,
      isReplaying: history.some(({ IsPlayed }) => IsPlayed),
      parentInstanceId: null,
      upperSchemaVersion: 3,
      maximumShortTimerDuration: '6.00:00:00',
      longRunningTimerIntervalDuration: '3.00:00:00',
    };
    try {
      const { returnValue } = await this.#worker.invoke(found, [
        { name: found.trigger.name, data: { string: JSON.stringify(context) } },
      ]);
      return JSON.parse(jsonOf(returnValue));
    } catch (error) {
      if (error instanceof WorkerExited) throw error;
      return stateOfError(error);
    }
  }

  async #schedule({ instanceId, executionId }: Instance, task: Scheduled): Promise<void> {
    if (task.kind === 'activity') {
      const { id, name, input } = task;
      await this.#work.send({ instanceId, executionId, id, name, input });
    } else if (!task.canceled) {
      const { id, fireAt } = task;
      const delayMs = this.#timers.delayMs(Date.parse(fireAt) - Date.now());
      await this.#control.send({ kind: 'timer', instanceId, executionId, id, fireAt }, delayMs);
    }
  }

  async #runActivity(item: WorkItem): Promise<Handled> {
    const message = await runActivity(this.#worker, item);
    if (message) await this.#control.send(message);
    return 'done';
  }
}
