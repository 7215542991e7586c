/** The names of what the product keeps in its storage account; a deployment makes all of it beforehand. */
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

/** Where the Functions host puts a message that failed for the last time. */
export const poisonQueueOf = (queue: string): string => `${queue}-poison`;

/** Holds the texts of events that are too large for a row. */
export const LARGE_EVENTS_CONTAINER = 'large-events';
