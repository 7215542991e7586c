/** Backfills of the connector of a world in memory. */
import { startBackfill } from '../../shared/backfill/start.ts';
import type { BackfillMode } from '../../shared/enumerations.ts';
import type { TimeRange } from '../../shared/time-ranges.ts';
import type { World } from './world.ts';

/** Orchestrations of which these are active; `started` are those that were asked for. */
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

/** Starts a backfill of this range, as a request does. */
export const start = async (world: World, range: TimeRange, mode: BackfillMode = 'fill') =>
  await startBackfill(world.deps, await connectorOf(world), range, mode);
