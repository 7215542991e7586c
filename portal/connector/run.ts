/** Runs an action on a connector: says what came of it, and reads everything about it again. */
import { useState } from 'preact/hooks';
import { type CallOptions, call, type Reply } from '../api/call.ts';
import type { CallName } from '../api/paths.ts';
import { useRefresh } from '../api/queries.ts';
import { useAnnounce } from '../parts/announce.tsx';

export interface Runner {
  isRunning: boolean;
  error: unknown;
  /** The reply's body; undefined after a failure, which `error` then has. */
  run<T>(name: CallName, options?: CallOptions, said?: string): Promise<Reply<T> | undefined>;
}

export function useRun(id: string): Runner {
  const announce = useAnnounce();
  const refresh = useRefresh(id);
  const [isRunning, setIsRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  return {
    isRunning,
    error,
    run: async <T>(name: CallName, options: CallOptions = {}, said?: string) => {
      setIsRunning(true);
      setError(undefined);
      try {
        const parameters = { id, ...options.parameters };
        const reply = await call<T>(name, { ...options, parameters });
        if (said) announce(said);
        return reply;
      } catch (failed) {
        setError(failed);
        return undefined;
      } finally {
        setIsRunning(false);
        void refresh();
      }
    },
  };
}
