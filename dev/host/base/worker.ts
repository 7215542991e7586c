/**
 * The worker as the host sees it: a thread that runs the app's functions and may die independently of
 * the host (docs/adr/0006-a-worker-that-dies-alone.md). Its running invocations then fail, and a new
 * worker is started.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker as Thread } from 'node:worker_threads';
import type {
  FromWorker,
  Outcome,
  RegisteredFunction,
  Thrown,
  ToWorker,
  TypedData,
} from './functions.ts';
import { log } from './log.ts';

/**
 * The time that the worker has for its own shutdown (`WorkerTerminateGracePeriodInSeconds` of the
 * host).
 */
const TERMINATE_GRACE_MS = 5_000;
/** A worker that dies more often than this is not restarted. */
const MOST_DEATHS_A_MINUTE = 5;

/** The worker of an invocation died: the effects of the invocation are unknown. */
export class WorkerExited extends Error {
  override readonly name = 'WorkerProcessExitException';
}

/** The path in the sources and in a bundle. */
const THREAD = new URL(`worker-thread${path.extname(import.meta.filename)}`, import.meta.url);

interface Pending {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
}

export class Worker {
  readonly functions = new Map<string, RegisteredFunction>();
  /** The value of a durable client binding. Set when the engine serves it. */
  durableClient: TypedData | undefined;
  /** The target of requests when the app streams HTTP (docs/azure.md, "HTTP streaming"). */
  streamUrl: URL | undefined;
  readonly #root: string;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Pending>();
  readonly #deathsAtMs: number[] = [];
  #thread: Thread | undefined;
  #loaded: Promise<void> = Promise.resolve();
  #hooksDone: (() => void) | undefined;

  private constructor(root: string, timeoutMs: number) {
    this.#root = root;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * `timeoutMs` is `functionTimeout`: when it expires, the worker is ended with every invocation that
   * runs in it.
   */
  static async load(root: string, timeoutMs: number): Promise<Worker> {
    const worker = new Worker(root, timeoutMs);
    worker.#loaded = worker.#start();
    await worker.#loaded;
    return worker;
  }

  /** All functions with a trigger of this type, sorted by name. */
  withTrigger(type: string): RegisteredFunction[] {
    return [...this.functions.values()]
      .filter(({ trigger }) => trigger.type.toLowerCase() === type.toLowerCase())
      .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string, triggerType: string): RegisteredFunction | undefined {
    return this.withTrigger(triggerType).find(
      (one) => one.name.toLowerCase() === name.toLowerCase(),
    );
  }

  /** Resolves when a worker has loaded the functions. */
  async loaded(): Promise<void> {
    await this.#loaded;
  }

  /** Runs one invocation. Throws the error of the function, or `WorkerExited`. */
  async invoke(
    { name, bindings }: RegisteredFunction,
    inputs: { name: string; data: TypedData }[],
    triggerMetadata: Record<string, TypedData> = {},
    invocationId: string = randomUUID(),
  ): Promise<Outcome> {
    await this.#loaded;
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    this.#pending.set(invocationId, { resolve, reject });
    const invocation = {
      invocationId,
      inputs: [...inputs, ...this.#clients(bindings)],
      triggerMetadata,
    };
    const timeout = setTimeout(() => {
      log('error', name, 'functionTimeout has expired: the worker is ended');
      void this.#thread?.terminate();
    }, this.#timeoutMs);
    this.#tell({ kind: 'invoke', name, invocation });
    return await promise.finally(() => {
      clearTimeout(timeout);
      this.#pending.delete(invocationId);
    });
  }

  /** Runs the app's start hooks, before any function runs. */
  async start(): Promise<void> {
    await this.#hooksRun('start');
  }

  /** Runs the app's terminate hooks within the grace period. No function runs afterwards. */
  async terminate(): Promise<void> {
    await Promise.race([this.#hooksRun('terminate'), delay(TERMINATE_GRACE_MS)]);
  }

  async #hooksRun(kind: 'start' | 'terminate'): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#hooksDone = resolve;
    this.#tell({ kind });
    await promise;
  }

  /** Ends the worker without starting another. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  /** Acts like `kill -9` on the real host's worker process. */
  async kill(): Promise<void> {
    await this.#thread?.terminate();
  }

  #tell(message: ToWorker): void {
    this.#thread?.postMessage(message);
  }

  async #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const thread = new Thread(THREAD, {
      workerData: { root: this.#root },
    });
    this.#thread = thread;
    thread.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'loaded':
          for (const one of message.functions) this.functions.set(one.name, one);
          this.streamUrl = message.streamUrl ? new URL(message.streamUrl) : undefined;
          return resolve();
        case 'notLoaded':
          // A second attempt would fail in the same way.
          this.#thread = undefined;
          return reject(errorOf(message.error));
        case 'returned':
          return this.#pending.get(message.invocationId)?.resolve(message.outcome);
        case 'threw':
          return this.#pending.get(message.invocationId)?.reject(errorOf(message.error));
        default:
          this.#hooksDone?.();
      }
    });
    thread.on('error', (error) => log('error', 'worker', String((error as Error).stack ?? error)));
    thread.on('exit', () => {
      reject(new WorkerExited('the worker died while it loaded the functions'));
      if (thread === this.#thread) this.#startAgain();
    });
    await promise;
  }

  #startAgain(): void {
    log('error', 'host', 'the worker died; another is started');
    const exited = new WorkerExited('the worker died');
    for (const { reject } of this.#pending.values()) reject(exited);
    const nowMs = Date.now();
    this.#deathsAtMs.push(nowMs);
    if (this.#deathsAtMs.filter((atMs) => atMs > nowMs - 60_000).length > MOST_DEATHS_A_MINUTE)
      this.#loaded = Promise.reject(exited);
    else this.#loaded = this.#start().then(() => this.start());
    this.#loaded.catch((error) => log('error', 'host', `there is no worker: ${error.message}`));
  }

  #clients(bindings: RegisteredFunction['bindings']): { name: string; data: TypedData }[] {
    const { durableClient: data } = this;
    if (!data) return [];
    return Object.entries(bindings)
      .filter(([, { type }]) => type === 'durableClient')
      .map(([name]) => ({ name, data }));
  }
}

function errorOf({ message, stack }: Thrown): Error {
  const error = new Error(message);
  error.stack = stack;
  return error;
}
