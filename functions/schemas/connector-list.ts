/** Schema of the list of connectors (docs/contract.md, "Connectors", "Summaries"). */
import * as z from 'zod';
import { connectorResource } from './connector.ts';
import { listOf } from './shapes.ts';
import { summary } from './status.ts';

export const connectorList = listOf(
  connectorResource.extend({ summary: summary.optional() }).meta({ id: 'ListedConnector' }),
).extend({
  unreadable: z.array(z.string()).optional().meta({
    description: 'the ids of connectors whose rows cannot be read; absent when there are none',
  }),
});
