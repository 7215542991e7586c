import { CountReader } from '../../shared/sink/count-reader.ts';
import { EventsQuery } from '../../shared/sink/events-query.ts';
import type { SinkStores } from '../../shared/sink/stores.ts';

/** What the built-in sink keeps of a generation, as the API reads it. */
export const tablesRawsOf =
  (stores: SinkStores) =>
  async (connectorId: string, generation: string): Promise<string[]> => {
    // The same instant for ever: a query does not run out of time.
    const clock = { nowMs: () => 0, sleep: async () => {} };
    const query = new EventsQuery(stores, new CountReader(stores, clock), clock);
    const page = await query.page(connectorId, generation, { matches: () => true }, 10_000);
    return page.events.map(({ raw }) => raw);
  };
