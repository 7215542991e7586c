/** The `Sink` port on Table Storage. */
import { AsideWriter, settleAside } from './aside.ts';
import { EventsWriter, type SinkStores } from './events-table.ts';
import type { Sink, SinkChain, SinkWriter } from './sink.ts';

export class TablesSink implements Sink {
  readonly #stores: SinkStores;

  constructor(stores: SinkStores) {
    this.#stores = stores;
  }

  open(chain: SinkChain): SinkWriter {
    return new EventsWriter(this.#stores, chain);
  }

  openAside(chain: SinkChain): SinkWriter {
    return new AsideWriter(this.#stores, chain);
  }

  async settle(chain: SinkChain): Promise<number> {
    return await settleAside(this.#stores, chain);
  }
}
