import type { Connector } from '../api/types.ts';

/** What every dialog about a connector is given. */
export interface DialogProps {
  connector: Connector;
  onClose(): void;
}
