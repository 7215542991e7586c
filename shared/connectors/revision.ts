/** The fields that every change of a configuration sets: revision, author and time. */
import type { Deps } from '../deps.ts';
import { isoTime } from '../iso-time.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ChangeRequest } from './change-request.ts';

export const nextRevision = (
  { clock }: Pick<Deps, 'clock'>,
  { caller }: ChangeRequest,
  { revision }: Connector,
): Pick<Connector, 'revision' | 'updatedAt' | 'updatedBy'> => ({
  revision: revision + 1,
  updatedAt: isoTime(clock.nowMs()),
  updatedBy: caller,
});
