/** The replies of the API, by the schemas that its handlers are checked against. */
import type { z } from 'zod';
import type { connectorResource, testResult } from '../../functions/schemas/connector.ts';
import type { connectorList } from '../../functions/schemas/connector-list.ts';
import type { errorReply } from '../../functions/schemas/error.ts';
import type { eventHook, madeEventHook } from '../../functions/schemas/event-hook.ts';
import type {
  auditList,
  deadLetterList,
  eventList,
  runList,
} from '../../functions/schemas/history.ts';
import type { me } from '../../functions/schemas/me.ts';
import type { backfillList, connectorStatus, coverage } from '../../functions/schemas/status.ts';

export type Connector = z.output<typeof connectorResource>;
export type ConnectorList = z.output<typeof connectorList>;
export type Listed = ConnectorList['value'][number];
export type Summary = NonNullable<Listed['summary']>;
export type Status = z.output<typeof connectorStatus>;
export type StatusName = Status['status'];
export type Backfill = NonNullable<Status['backfill']>;
export type BackfillList = z.output<typeof backfillList>;
export type Coverage = z.output<typeof coverage>;
export type EventList = z.output<typeof eventList>;
export type LogEvent = EventList['value'][number];
export type RunList = z.output<typeof runList>;
export type DeadLetterList = z.output<typeof deadLetterList>;
export type AuditList = z.output<typeof auditList>;
export type EventHook = z.output<typeof eventHook>;
export type MadeEventHook = z.output<typeof madeEventHook>;
export type TestResult = z.output<typeof testResult>;
export type Me = z.output<typeof me>;
export type ErrorReply = z.output<typeof errorReply>['error'];
