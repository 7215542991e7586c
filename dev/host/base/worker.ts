/**
 * The Functions worker's side of the seam (docs/azure.md, "Worker seam"): gives the real
 * `@azure/functions` library a core to register with, and runs its functions through its own
 * programming model.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import Module from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { log } from './log.ts';

export interface Binding {
  type: string;
  direction: 'in' | 'out';
  name?: string;
  route?: string;
  methods?: string[];
  authLevel?: string;
  schedule?: string;
  runOnStartup?: boolean;
  queueName?: string;
  connection?: string;
}

/** A value as it travels between host and worker; one field is set. */
export interface TypedData {
  string?: string;
  json?: string;
  int?: number;
  double?: number;
  bytes?: Uint8Array;
  http?: RpcHttp;
}

/** The value as JSON text. */
export function jsonOf(data: TypedData | null | undefined): string {
  return data?.json ?? JSON.stringify(data?.string ?? data?.int ?? data?.double ?? null);
}

export interface RpcHttp {
  method?: string;
  url?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
  query?: Record<string, string>;
  nullableHeaders?: object;
  nullableParams?: object;
  nullableQuery?: object;
  statusCode?: string;
  body?: TypedData;
}

export interface RegisteredFunction {
  name: string;
  bindings: Record<string, Binding>;
  trigger: Binding & { name: string };
  callback: (...args: unknown[]) => unknown;
}

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: unknown): Promise<unknown>;
  getResponse(
    context: unknown,
    result: unknown,
  ): Promise<{ returnValue?: TypedData | null; outputData?: { name: string; data: TypedData }[] }>;
}

interface ProgrammingModel {
  getCapabilities(known: object): Promise<{ HttpUri?: string }>;
  getInvocationModel(context: object): InvocationModel;
}

export interface Outcome {
  returnValue: TypedData | null | undefined;
  outputs: { binding: Binding; data: TypedData }[];
}

const HOST_VERSION = '4.1037.0';

/** The library's server listens on every address; here nothing may but the loopback one. */
async function onLoopback<T>(work: () => Promise<T>): Promise<T> {
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (this: net.Server, ready: () => void) {
    return (listen as (...place: unknown[]) => net.Server).call(this, 0, '127.0.0.1', ready);
  } as typeof listen;
  try {
    return await work();
  } finally {
    net.Server.prototype.listen = listen;
  }
}

/** An error that the file itself throws is the app's own; one that Node has with the file is told as such. */
async function importWhole(file: string): Promise<void> {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && !(error instanceof SyntaxError)) throw error;
    throw new Error(`${file} cannot be loaded: ${message}. Run "npm run build".`);
  }
}

export class Worker {
  readonly functions = new Map<string, RegisteredFunction>();
  /** What a durable client binding holds; set once the engine serves it. */
  durableClient: TypedData | undefined;
  #model: ProgrammingModel | undefined;
  /** Where requests are sent to when the app streams HTTP (docs/azure.md, "HTTP streaming"). */
  streamUrl: URL | undefined;

  /** Loads every file that `package.json#main` names. An error while loading is the app's own. */
  static async load(root: string): Promise<Worker> {
    const worker = new Worker();
    worker.#provideCore();
    const { main } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const file of fs.globSync(main, { cwd: root }).toSorted())
      await importWhole(path.join(root, file));
    if (worker.functions.size === 0)
      throw new Error(`There are no functions at ${path.join(root, main)}. Run "npm run build".`);
    const { HttpUri } = await onLoopback(
      async () => (await worker.#model?.getCapabilities({})) ?? {},
    );
    worker.streamUrl = HttpUri ? new URL(HttpUri.replace('localhost', '127.0.0.1')) : undefined;
    return worker;
  }

  /** Every function with a trigger of this type, in the order of their names. */
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

  /** One invocation; throws what the function throws. */
  async invoke(
    { name, bindings, callback }: RegisteredFunction,
    inputs: { name: string; data: TypedData }[],
    triggerMetadata: Record<string, TypedData> = {},
    invocationId: string = randomUUID(),
  ): Promise<Outcome> {
    const invocation = this.#model?.getInvocationModel({
      hostVersion: HOST_VERSION,
      invocationId,
      metadata: { name, bindings },
      request: {
        invocationId,
        inputData: [...inputs, ...this.#clients(bindings)],
        triggerMetadata,
        traceContext: {},
      },
      log: (level: string, _category: string, message: string) => log(level, name, message),
    });
    if (!invocation) throw new Error('no programming model was registered');
    const { context, inputs: args } = await invocation.getArguments();
    const result = await invocation.invokeFunction(context, args, callback);
    const { returnValue, outputData } = await invocation.getResponse(context, result);
    const outputs = (outputData ?? []).flatMap((output) => {
      const binding = bindings[output.name];
      return binding ? [{ binding, data: output.data }] : [];
    });
    return { returnValue, outputs };
  }

  #clients(bindings: RegisteredFunction['bindings']): { name: string; data: TypedData }[] {
    const { durableClient: data } = this;
    if (!data) return [];
    return Object.entries(bindings)
      .filter(([, { type }]) => type === 'durableClient')
      .map(([name]) => ({ name, data }));
  }

  #provideCore(): void {
    const core = {
      version: HOST_VERSION,
      hostVersion: HOST_VERSION,
      Disposable: class {
        dispose() {}
      },
      registerFunction: (
        metadata: { name: string; bindings: Record<string, Binding> },
        callback: RegisteredFunction['callback'],
      ) => this.#register(metadata.name, metadata.bindings, callback),
      registerHook: () => ({ dispose() {} }),
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: string, _category: string, message: string) => log(level, 'worker', message),
    };
    // The worker injects the module in the same way; it is on no registry.
    const loader = Module as unknown as { _load(id: string, ...rest: unknown[]): unknown };
    const load = loader._load;
    loader._load = (id, ...rest) =>
      id === '@azure/functions-core' ? core : load.call(Module, id, ...rest);
  }

  #register(
    name: string,
    bindings: Record<string, Binding>,
    callback: RegisteredFunction['callback'],
  ): { dispose(): void } {
    const entry = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type));
    if (!entry) throw new Error(`the function ${name} has no trigger`);
    const trigger = { ...entry[1], name: entry[0] };
    this.functions.set(name, { name, bindings, trigger, callback });
    return { dispose() {} };
  }
}
