/** The errors of each route, for the OpenAPI document (docs/contract.md, "Errors"). */
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { type ErrorCode, httpStatusOf } from '../../shared/errors.ts';
import { errorReply } from '../schemas/error.ts';
import type { DescribedRoute } from './contract.ts';
import { isChange } from './cross-origin.ts';

/** What any route can answer, by what it takes. */
function commonErrors(route: DescribedRoute): ErrorCode[] {
  const { path, method, role, query, body, ownBody, conditions } = route;
  const withId: ErrorCode[] = path.includes('{id}') ? ['ConnectorNotFound'] : [];
  // An action without fields may still be sent a body that is not right.
  const withBody: ErrorCode[] =
    body || (method === 'POST' && !ownBody)
      ? ['InvalidRequest', 'PayloadTooLarge', 'UnsupportedMediaType']
      : [];
  return [
    ...(query ? ['InvalidRequest' as const] : []),
    ...withBody,
    ...withId,
    ...(conditions ? ['PreconditionFailed' as const] : []),
    ...(role === 'none' || role === 'key' ? [] : (['Unauthorized', 'Forbidden'] as const)),
    ...(role !== 'none' && isChange(method) ? (['CrossOriginRefused'] as const) : []),
    'StorageUnavailable',
    'InternalError',
  ];
}

/** By HTTP status: the codes of a route, and those that any route like it can answer. */
export function errorsOf(route: DescribedRoute): ZodOpenApiResponsesObject {
  const byStatus = new Map<string, Set<ErrorCode>>();
  for (const code of [...(route.errors ?? []), ...commonErrors(route)]) {
    const status = String(httpStatusOf(code));
    byStatus.set(status, (byStatus.get(status) ?? new Set()).add(code));
  }
  const taken = Object.keys(route.replies);
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => !taken.includes(status))
      .map(([status, codes]) => [
        status,
        {
          description: [...codes].join(', '),
          content: { 'application/json': { schema: errorReply } },
          headers: { 'x-ms-error-code': { schema: { type: 'string' as const } } },
        },
      ]),
  );
}
