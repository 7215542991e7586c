/**
 * The named steps at which a host is killed, each immediately before and after its effect. When a
 * step directly follows another step, the kill before it is omitted: the stored state is the same as
 * after the other step.
 */

export type When = 'before' | 'after';
export interface CrashCase {
  id: string;
  step: string;
  /** The step's effect, as named by `effectOf`, and its number of occurrence. */
  effect: string;
  nth: number;
  when: When;
  /** The effect of the directly preceding step, for which the kill before this step is omitted. */
  follows?: string;
}

type Steps = Record<string, [effect: string, nth?: number, follows?: 'follows']>;

const cases = (prefix: string, steps: Steps): CrashCase[] =>
  Object.entries(steps).flatMap(([step, [effect, nth = 1, follows]], n, all) => {
    const previous = follows && all[n - 1]?.[1][0];
    return (['before', 'after'] as const)
      .filter((when) => when === 'after' || !previous)
      .map((when) => ({
        id: `${prefix}-${n}-${when}`,
        ...{ step, effect, nth, when },
        ...(previous ? { follows: previous } : {}),
      }));
  });

export const REGISTRATION = cases('put', {
  'the record of the call': ['audit replace row'],
  'the claim of id and org': [
    'connectors create connector, create org, replace mark',
    1,
    'follows',
  ],
  'the secret': ['vault PUT secret', 1, 'follows'],
  'the activation': ['connectors replace connector, replace mark', 1, 'follows'],
  'the live cursor': ['checkpoints create live', 1, 'follows'],
  'the mark of its work': ['connectors replace mark', 1, 'follows'],
  'the ledger of the backfill': ['checkpoints create backfill, create ledger', 1, 'follows'],
  'the place in the due index': ['status replace connector', 1, 'follows'],
  'the due time': ['checkpoints merge status facts', 1, 'follows'],
  'the start of the orchestration': ['OktaConnectorHubInstances create instance'],
  'the message that polls': ['queue poll-connector send'],
});

export const INGEST = cases('run', {
  'the lease of live': ['checkpoints replace live'],
  'the events of a live page': ['events create row, create counter of live'],
  'the end of a live run': ['checkpoints replace live, merge status facts, merge rate facts', 1],
  'the next poll in the due index': ['status replace connector', 3],
  'the plan of a slice': ['checkpoints replace ledger, create slice'],
  'the plan of a later slice': ['checkpoints replace ledger, create slice', 3],
  'the lease of a slice': ['checkpoints replace slice'],
  'the day of a batch': ['events replace day'],
  'the events of a slice': ['events create row, create counter of backfill'],
  'more events of a slice': ['events create row, create counter of backfill', 5],
  'the end of a slice': ['checkpoints replace slice, merge status facts, merge rate facts', 2],
  'the fold of a finished slice': ['checkpoints replace ledger, delete slice'],
  'the record of a run': ['runs replace row'],
  'the end of the backfill': ['checkpoints replace ledger'],
});

export const ROTATION = cases('patch', {
  'the new secret': ['vault PUT secret'],
  'the version in use': ['connectors replace connector, replace mark', 1, 'follows'],
});

export const DELETE = cases('delete', {
  'the tombstone': ['connectors replace connector, replace sweep, replace mark, delete org'],
  'the removal of the secret': ['vault DELETE secret'],
  'the removal of the facts': ['checkpoints delete status facts'],
  'the removal of events': ['events delete row, delete counter', 2],
  'the removal of the checkpoints': ['checkpoints delete backfill, delete ledger, delete live'],
  'the end of the tombstone': ['connectors delete connector'],
});

export const WEBHOOK = cases('hook', {
  'the record of the delivery': ['deliveries create delivery, create open entry'],
  'its secret': ['vault PUT secret', 1, 'follows'],
  'its acceptance': ['deliveries replace delivery', 1, 'follows'],
  'its message': ['queue connector-work send', 1, 'follows'],
  'the count of an attempt': ['deliveries replace delivery', 2, 'follows'],
  'its claim': ['connectors create connector, create org, replace mark'],
  'the secret of the connector': ['vault PUT secret', 2, 'follows'],
  'its activation': ['connectors replace connector, replace mark', 1, 'follows'],
  'its end': ['deliveries replace delivery, create done entry'],
  'the removal of its secret': ['vault DELETE secret'],
});
