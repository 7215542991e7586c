/** Backfills of the connector in an in-memory world. */
import { startBackfill } from '../../shared/backfill/start.ts';
import type { BackfillMode } from '../../shared/enumerations.ts';
import type { TimeRange } from '../../shared/time-ranges.ts';
import type { World } from './world.ts';

/**
 * A workflow engine whose active orchestrations are given. `started` are the requested orchestrations.
 */
export const orchestrations = (active: string[] = []) => {
  const started: string[] = [];
  return {
    started,
    isActive: async (id: string) => active.includes(id),
    start: async (id: string) => void started.push(id),
    purgeFinished: async () => {},
  };
};

export const connectorOf = async ({ deps }: World) => {
  const stored = await deps.connectors.get('contoso');
  if (!stored) throw new Error('there is no connector');
  return stored.connector;
};

/** Starts a backfill of this range, like a request. */
export const start = async (world: World, range: TimeRange, mode: BackfillMode = 'fill') =>
  await startBackfill(world.deps, await connectorOf(world), range, mode);
