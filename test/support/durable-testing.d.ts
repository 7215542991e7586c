declare module 'durable-functions/lib/src/util/testingUtils.js' {
  export function createOrchestrator(
    orchestrator: unknown,
  ): (trigger: unknown, context: unknown) => Promise<unknown>;
}
