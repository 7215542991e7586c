/** URLs of this app in replies, on the public origin. */
import type { Config } from '../../shared/config.ts';

type Origin = Pick<Config, 'publicOrigin'>;

export const connectorUrl = ({ publicOrigin }: Origin, id: string): string =>
  `${publicOrigin}/api/connectors/${id}`;

export const statusUrl = (origin: Origin, id: string): string =>
  `${connectorUrl(origin, id)}/status`;

export const backfillUrl = (origin: Origin, id: string, backfillId: string): string =>
  `${connectorUrl(origin, id)}/backfills/${backfillId}`;

/** Where Okta calls an event hook. */
export const hookUrl = ({ publicOrigin }: Origin, ref: string): string =>
  `${publicOrigin}/api/hooks/okta/${ref}`;
