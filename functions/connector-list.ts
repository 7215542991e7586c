/** The list of connectors over HTTP, in the order of their ids. */
import * as z from 'zod';
import { resourceOf } from '../shared/connectors/resource.ts';
import { STATUS_NAMES } from '../shared/enumerations.ts';
import { inChunks } from '../shared/in-chunks.ts';
import type { Services } from '../shared/services.ts';
import { readStatusInputs, readStatusInputsOfAll } from '../shared/status/read-status.ts';
import type { StatusInputs } from '../shared/status/status-inputs.ts';
import { deriveStatus } from '../shared/status/status-name.ts';
import { summaryOf } from '../shared/status/summary.ts';
import type { Connector } from '../shared/storage/connectors.ts';
import type { LeftOut } from '../shared/storage/unreadable-row.ts';
import { after, oneOf, pageSize } from './http/query-parameters.ts';
import { nextLink } from './http/read-query.ts';
import { route } from './http/route.ts';
import { connectorList } from './schemas/connector-list.ts';

const PARALLEL_READS = 16;
const READ_TOGETHER = 100;
type Item = z.input<typeof connectorList>['value'][number];

route('connector-list', {
  method: 'GET',
  path: 'api/connectors',
  role: 'Reader',
  summary: 'List the connectors',
  query: z.object({
    status: oneOf(STATUS_NAMES).optional(),
    q: z.string().optional().meta({ description: 'a part of id, name or domain, in any case' }),
    include: z
      .literal('summary')
      .optional()
      .meta({ description: 'summary: adds a summary of the status' }),
    top: pageSize(200, 100),
    after: after.optional(),
  }),
  replies: {
    200: { description: 'The connectors, in the order of their ids.', schema: connectorList },
  },
  handle: async (request, { services, query: { status, q, include, top, after = '' } }) => {
    const value: Item[] = [];
    const unreadable: string[] = [];
    const leftOut: LeftOut = ({ key }) => void unreadable.push(key);
    const itemOf = (inputs: StatusInputs): Item => {
      const { connector } = inputs;
      const resource = resourceOf(connector, deriveStatus(inputs).name);
      return include ? { ...resource, summary: summaryOf(inputs) } : resource;
    };
    const connectors = visible(services, { after, q }, leftOut);
    // A search finds few of the connectors in the range of its results.
    const read = q ? readEach : readStatusInputsOfAll;
    for await (const some of inChunks(connectors, q ? PARALLEL_READS : READ_TOGETHER)) {
      const items = (await read(services, some)).map(itemOf);
      value.push(...items.filter((item) => !status || item.status === status));
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

const readEach = async (services: Services, connectors: readonly Connector[]) =>
  await Promise.all(connectors.map((connector) => readStatusInputs(services, connector)));

async function* visible(
  { connectors }: Services,
  { after, q = '' }: { after: string; q: string | undefined },
  leftOut: LeftOut,
): AsyncGenerator<Connector> {
  const part = q.trim().toLowerCase();
  const matches = ({ id, displayName, domain }: Connector) =>
    [id, displayName, domain].some((text) => text.toLowerCase().includes(part));
  for await (const { connector } of connectors.list(leftOut, after))
    if (connector.state !== 'deleted' && matches(connector)) yield connector;
}
