/** The `Sink` port on Table Storage. */
import type { Chance } from '../chance.ts';
import type { OutOfTime } from '../clock.ts';
import { checkWrites } from '../storage/check-writes.ts';
import { eventsPartition } from './event-row.ts';
import { EventsWriter } from './events-writer.ts';
import { purgeGeneration } from './purge.ts';
import type { Sink, SinkChain, SinkWriter } from './sink.ts';
import type { SinkStores } from './stores.ts';

export class TablesSink implements Sink {
  readonly #stores: SinkStores;
  readonly #chance: Chance;

  constructor(stores: SinkStores, chance: Chance) {
    this.#stores = stores;
    this.#chance = chance;
  }

  open(chain: SinkChain): SinkWriter {
    return new EventsWriter(this.#stores, chain, this.#chance.uuid());
  }

  async purge(connectorId: string, generation: string, outOfTime: OutOfTime): Promise<boolean> {
    return await purgeGeneration(this.#stores, connectorId, generation, outOfTime);
  }

  async check(connectorId: string, generation: string): Promise<void> {
    await checkWrites(this.#stores.events, `${eventsPartition(connectorId, generation)}_check`);
  }
}
