/** The OpenAPI document, without a key, so that tools can read it. */
import * as z from 'zod';
import { describedRoutes } from './http/contract.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { route } from './http/route.ts';

let document: ReturnType<typeof openApiDocument> | undefined;

route('openapi', {
  method: 'GET',
  path: 'api/openapi.json',
  role: 'none',
  summary: 'This document',
  replies: { 200: { description: 'OpenAPI 3.1.', schema: z.looseObject({}) } },
  handle: async (_, { services }) => {
    // Built on the first request: then every route is registered.
    document ??= openApiDocument(describedRoutes(), services.config);
    return { jsonBody: { ...document } };
  },
});
