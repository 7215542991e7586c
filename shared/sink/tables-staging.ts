/** The `StagingSink` port on Table Storage, in the same tables as the events. */
import type { Chance } from '../chance.ts';
import type { OutOfTime } from '../clock.ts';
import type { SinkChain, SinkWriter } from './sink.ts';
import { commitStaged, discardStaged, StagingWriter } from './staging.ts';
import type { StagingSink } from './staging-sink.ts';
import type { SinkStores } from './stores.ts';

export class TablesStaging implements StagingSink {
  readonly #stores: SinkStores;
  readonly #chance: Chance;

  constructor(stores: SinkStores, chance: Chance) {
    this.#stores = stores;
    this.#chance = chance;
  }

  openStaging(chain: SinkChain): SinkWriter {
    return new StagingWriter(this.#stores, chain, this.#chance.uuid());
  }

  async commitStaged(chain: SinkChain, outOfTime: OutOfTime): Promise<number | 'more'> {
    return await commitStaged(this.#stores, chain, this.#chance.uuid(), outOfTime);
  }

  async discardStaged(
    connectorId: string,
    generation: string,
    last: string,
    outOfTime: OutOfTime,
  ): Promise<boolean> {
    return await discardStaged(this.#stores, { connectorId, generation }, last, outOfTime);
  }
}
