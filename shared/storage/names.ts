/** The names of the product's resources in its storage account. A deployment creates all of them. */
import { POLL_QUEUE, WORK_QUEUE } from './queue.ts';

export const TABLES = {
  audit: 'audit',
  checkpoints: 'checkpoints',
  connectors: 'connectors',
  deadLetters: 'deadletters',
  deliveries: 'deliveries',
  events: 'events',
  runs: 'runs',
  status: 'status',
} as const;

export const QUEUES = [POLL_QUEUE, WORK_QUEUE] as const;

/** The queue to which the Functions host moves a message after its last failure. */
export const poisonQueueOf = (queue: string): string => `${queue}-poison`;

/** Holds the texts of events that are too large for a row. */
export const LARGE_EVENTS_CONTAINER = 'large-events';
