/**
 * Bounds the wait of an HTTP function for the request that the host forwards. A host that keeps a caller's
 * own `x-ms-invocation-id` forwards it under a name that no function waits for; without a bound the
 * function would wait until the host ends the whole worker (docs/azure.md, "Invocation ids").
 */
import { createRequire } from 'node:module';
// Registers its programming model with the worker.
import '@azure/functions';

/** The host sends an invocation and its request at the same moment. */
export const FORWARDED_WITHIN_MS = 30_000;

/** The module that the worker provides to the library (docs/azure.md, "Worker seam"). */
interface Core {
  getProgrammingModel(): ProgrammingModel | undefined;
}
interface ProgrammingModel {
  getInvocationModel(context: unknown): { getArguments(): Promise<unknown> };
}

export function boundWait(withinMs: number): void {
  const model = core()?.getProgrammingModel();
  if (!model) return;
  const invocationModel = model.getInvocationModel.bind(model);
  model.getInvocationModel = (context) => {
    const invocation = invocationModel(context);
    const getArguments = invocation.getArguments.bind(invocation);
    invocation.getArguments = async () => await within(withinMs, getArguments());
    return invocation;
  };
}

/** Undefined outside of a Functions worker. */
function core(): Core | undefined {
  try {
    return createRequire(import.meta.url)('@azure/functions-core');
  } catch {
    return undefined;
  }
}

async function within<T>(ms: number, awaited: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the host has forwarded no request')), ms);
  return await Promise.race([awaited, tooLate]).finally(() => clearTimeout(timer));
}
