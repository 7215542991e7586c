/**
 * The Functions worker's side of the seam (docs/azure.md, "Worker seam"): gives the real
 * `@azure/functions` library a core to register with, and runs its functions through the library's
 * programming model.
 */
import fs from 'node:fs';
import Module from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Binding, Invocation, Outcome, RegisteredFunction, TypedData } from './functions.ts';
import { log } from './log.ts';

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

type Callback = (...args: unknown[]) => unknown;
type HookName = 'appStart' | 'appTerminate';

const HOST_VERSION = '4.1037.0';

/** The library's server listens on every address. Here it must listen on the loopback address only. */
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

/**
 * Distinguishes an error that the file itself throws, which belongs to the app, from Node's failure to
 * load the file.
 */
async function importWhole(file: string): Promise<void> {
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && !(error instanceof SyntaxError)) throw error;
    throw new Error(`${file} cannot be loaded: ${message}. Run "npm run build".`);
  }
}

export class App {
  readonly functions = new Map<string, RegisteredFunction & { callback: Callback }>();
  readonly #hooks: { name: string; callback: Callback }[] = [];
  #model: ProgrammingModel | undefined;
  /** The target of requests when the app streams HTTP (docs/azure.md, "HTTP streaming"). */
  streamUrl: string | undefined;

  /** Loads every file that `package.json#main` names. An error during loading belongs to the app. */
  static async load(root: string): Promise<App> {
    const app = new App();
    app.#provideCore();
    const { main } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const file of fs.globSync(main, { cwd: root }).toSorted())
      await importWhole(path.join(root, file));
    if (app.functions.size === 0)
      throw new Error(`There are no functions at ${path.join(root, main)}. Run "npm run build".`);
    const { HttpUri } = await onLoopback(async () => (await app.#model?.getCapabilities({})) ?? {});
    app.streamUrl = HttpUri?.replace('localhost', '127.0.0.1');
    return app;
  }

  /** Runs all hooks of a name in sequence, like the real worker. */
  async runHooks(name: HookName): Promise<void> {
    const context = { hookData: {}, appHookData: {} };
    for (const hook of this.#hooks) if (hook.name === name) await hook.callback(context);
  }

  /** Runs one invocation. Throws the error of the function. */
  async invoke(
    name: string,
    { invocationId, inputs, triggerMetadata }: Invocation,
  ): Promise<Outcome> {
    const found = this.functions.get(name);
    if (!found) throw new Error(`there is no function ${name}`);
    const { bindings, callback } = found;
    const invocation = this.#model?.getInvocationModel({
      hostVersion: HOST_VERSION,
      invocationId,
      metadata: { name, bindings },
      request: { invocationId, inputData: inputs, triggerMetadata, traceContext: {} },
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

  #provideCore(): void {
    const core = {
      version: HOST_VERSION,
      hostVersion: HOST_VERSION,
      Disposable: class {
        dispose() {}
      },
      registerFunction: (
        metadata: { name: string; bindings: Record<string, Binding> },
        callback: Callback,
      ) => this.#register(metadata.name, metadata.bindings, callback),
      registerHook: (name: string, callback: Callback) => {
        this.#hooks.push({ name, callback });
        return { dispose() {} };
      },
      setProgrammingModel: (model: ProgrammingModel) => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log: (level: string, _category: string, message: string) => log(level, 'worker', message),
    };
    // The real worker injects the module in the same way. No registry has it.
    const loader = Module as unknown as { _load(id: string, ...rest: unknown[]): unknown };
    const load = loader._load;
    loader._load = (id, ...rest) =>
      id === '@azure/functions-core' ? core : load.call(Module, id, ...rest);
  }

  #register(
    name: string,
    bindings: Record<string, Binding>,
    callback: Callback,
  ): { dispose(): void } {
    const entry = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type));
    if (!entry) throw new Error(`the function ${name} has no trigger`);
    const trigger = { ...entry[1], name: entry[0] };
    this.functions.set(name, { name, bindings, trigger, callback });
    return { dispose() {} };
  }
}
