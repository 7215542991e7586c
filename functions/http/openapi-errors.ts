/** The errors of each route, for the OpenAPI document (docs/contract.md, "Errors"). */
import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { type ErrorCode, httpStatusOf } from '../../shared/errors.ts';
import { errorReply } from '../schemas/error.ts';
import type { DescribedRoute } from './contract.ts';
import { isChange } from './cross-origin.ts';

/** The error codes common to all routes, by their input. */
function commonErrors(route: DescribedRoute): ErrorCode[] {
  const { path, method, role, query, body, ownBody, conditions } = route;
  const withId: ErrorCode[] = path.includes('{id}') ? ['ConnectorNotFound'] : [];
  // The body of an action without fields can still be invalid.
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

/** The codes of a route and the common codes, by HTTP status. */
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
