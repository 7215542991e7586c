/** The list of connectors over HTTP, in the order of their ids. */
import * as z from 'zod';
import { resourceOf } from '../shared/connectors/resource.ts';
import { inChunks } from '../shared/in-chunks.ts';
import type { Services } from '../shared/services.ts';
import { readStatusName } from '../shared/status/read-status.ts';
import type { Connector } from '../shared/storage/connectors.ts';
import type { LeftOut } from '../shared/storage/unreadable-row.ts';
import { after, pageSize } from './http/query-parameters.ts';
import { nextLink } from './http/read-query.ts';
import { route } from './http/route.ts';
import { connectorList } from './schemas/connector.ts';

const PARALLEL_READS = 16;

route('connector-list', {
  method: 'GET',
  path: 'api/connectors',
  role: 'Reader',
  summary: 'List the connectors',
  query: z.object({
    status: z.string().optional().meta({ description: 'a status, such as Connected' }),
    top: pageSize(200, 100),
    after: after.optional(),
  }),
  replies: {
    200: { description: 'The connectors, in the order of their ids.', schema: connectorList },
  },
  handle: async (request, { services, query: { status, top, after = '' } }) => {
    const wanted = status?.toLowerCase();
    const value: ReturnType<typeof resourceOf>[] = [];
    const unreadable: string[] = [];
    const leftOut: LeftOut = ({ key }) => {
      if (key > after) unreadable.push(key);
    };
    for await (const some of inChunks(visible(services, after, leftOut), PARALLEL_READS)) {
      const resources = await Promise.all(
        some.map(async (one) => resourceOf(one, await readStatusName(services, one))),
      );
      value.push(...resources.filter(({ status }) => !wanted || status.toLowerCase() === wanted));
      if (value.length > top) break;
    }
    const page = value.slice(0, top);
    const last = value.length > top ? page.at(-1) : undefined;
    const link = last && nextLink(request, services.config, { after: last.id });
    return {
      jsonBody: {
        value: page,
        ...(unreadable.length > 0 ? { unreadable } : {}),
        ...(link ? { nextLink: link } : {}),
      },
    };
  },
});

async function* visible(
  { connectors }: Services,
  after: string,
  leftOut: LeftOut,
): AsyncGenerator<Connector> {
  for await (const { connector } of connectors.list(leftOut))
    if (connector.state !== 'deleted' && connector.id > after) yield connector;
}
