import type { Connector } from '../storage/connectors.ts';

/** Whether requests for the log of this connector may be sent: it is registered, and enabled. */
export const mayPoll = ({ state, enabled }: Pick<Connector, 'state' | 'enabled'>): boolean =>
  state === 'active' && enabled;
