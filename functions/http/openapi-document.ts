/** The OpenAPI 3.1 document, from the routes as they are registered (docs/contract.md). */
import * as z from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import type { Config } from '../../shared/config.ts';
import { connectorId } from '../../shared/connectors/resource.ts';
import { bodyTypes } from './body.ts';
import type { DescribedRoute, ReplyContract } from './contract.ts';
import { errorsOf } from './openapi-errors.ts';

const JSON_TYPE = 'application/json';

export function openApiDocument(routes: readonly DescribedRoute[], config: Config) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `/${route.path}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Okta connector',
      version: '1.0.0',
      description:
        'Every System Log event of an Okta organisation, once, including the days before the connection.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: config.publicOrigin }],
    security: [{ functionKey: [] }, { entra: [] }],
    tags: TAGS.map(([, name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: {
        functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
        entra: {
          type: 'http',
          scheme: 'bearer',
          description: 'AUTH_MODE entra: a token of Microsoft Entra ID',
        },
      },
    },
  });
}

/** Tags by path; the first match counts. */
const TAGS: [RegExp, string, string][] = [
  [/webhooks/, 'Webhooks', 'Portals register connectors.'],
  [/event-hook|hooks\/okta/, 'Event hooks', 'Okta says that there are new events.'],
  [/backfills/, 'Backfills', 'Reading the past.'],
  [
    /events|runs|deadletters|audit/,
    'History',
    'Events, runs, dead letters and the audit of management calls.',
  ],
  [/connectors/, 'Connectors', 'One connector for each Okta org.'],
  [/./, 'App', 'The app itself.'],
];

function operationOf(route: DescribedRoute): ZodOpenApiOperationObject {
  const { name, path, role, summary, query, replies } = route;
  const tag = TAGS.find(([pattern]) => pattern.test(path)) ?? TAGS[0];
  return {
    operationId: name,
    summary,
    ...(role === 'none' ? { security: [] } : {}),
    ...(role === 'none' || role === 'key' ? {} : { description: `Role: Connector.${role}.` }),
    tags: [tag?.[1] ?? ''],
    requestParams: {
      path: z.object(
        Object.fromEntries(
          Object.entries(PATH_PARAMETERS).filter(([one]) => path.includes(`{${one}}`)),
        ),
      ),
      ...(query ? { query } : {}),
      header: headersOf(route),
    },
    ...requestBodyOf(route),
    responses: {
      ...Object.fromEntries(
        Object.entries(replies).map(([status, reply]) => [status, replyOf(reply)]),
      ),
      ...errorsOf(route),
    } as ZodOpenApiResponsesObject,
  };
}

const PATH_PARAMETERS = {
  id: connectorId.meta({ description: 'the id of a connector', example: 'contoso' }),
  uuid: z.string().meta({ description: 'the uuid of an event', example: 'a1b2c3' }),
  backfillId: z.string().meta({ description: 'the id of a backfill', example: '0001' }),
  ref: z.string().meta({
    description: 'the reference of an event hook',
    example: 'exampleOfAReference000',
  }),
};

function headersOf({ conditions = [], ownBody, headers }: DescribedRoute): z.ZodObject {
  const etag = z.string().optional().meta({ description: 'An ETag, or * for any.' });
  return z.object({
    ...Object.fromEntries(conditions.map((name) => [name, etag])),
    ...ownBody?.headers.shape,
    ...headers?.shape,
  });
}

function requestBodyOf({ method, body, ownBody, example }: DescribedRoute) {
  const schema = body ?? ownBody?.schema;
  if (!schema) return {};
  const types = ownBody?.contentTypes ?? bodyTypes(method);
  const content = Object.fromEntries(types.map((type) => [type, { schema, example }]));
  // A POST with optional fields only needs no body.
  return { requestBody: { content, required: ownBody !== undefined || method !== 'POST' } };
}

function replyOf({ description, schema, files = [], headers = {} }: ReplyContract) {
  return {
    description,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, what]) => [
        name,
        { description: what, schema: { type: 'string' as const } },
      ]),
    ),
    ...(schema ? { content: { [JSON_TYPE]: { schema } } } : {}),
    ...(files.length > 0
      ? {
          content: Object.fromEntries(
            files.map((type) => [type, { schema: { type: 'string' as const } }]),
          ),
        }
      : {}),
  };
}
