import { CountReader } from '../../shared/sink/count-reader.ts';
import { EventsQuery } from '../../shared/sink/events-query.ts';
import type { SinkStores } from '../../shared/sink/stores.ts';

/** The events of a generation in the built-in sink, as the API reads them. */
export const tablesRawsOf =
  (stores: SinkStores) =>
  async (connectorId: string, generation: string): Promise<string[]> => {
    // The clock stands still: a query never runs out of time.
    const clock = { nowMs: () => 0, sleep: async () => {} };
    const query = new EventsQuery(stores, new CountReader(stores, clock), clock);
    const page = await query.page(connectorId, generation, { matches: () => true }, 10_000);
    return page.events.map(({ raw }) => raw);
  };
