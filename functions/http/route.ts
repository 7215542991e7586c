/**
 * What every HTTP function shares: one function per path and method, the key it asks for, the
 * contract's headers, and errors in the contract's shape (api.md §1).
 */
import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import { httpStatusOf, isRetryable, type Problem, ProblemError } from '../../shared/errors.ts';
import { getConfig } from '../../shared/services.ts';

export interface Route {
  method: HttpMethod;
  path: string;
  /** `keys` mode: whether the host asks for a function key. */
  open?: boolean;
  handle(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit>;
}

const durableClient = df.input.durableClient();

/** Registers one function under one literal path and one method. */
export function route(name: string, { method, path, open, handle }: Route): void {
  const asksForKey = getConfig().authMode === 'keys' && !open;
  app.http(name, {
    methods: [method],
    route: path,
    authLevel: asksForKey ? 'function' : 'anonymous',
    extraInputs: [durableClient],
    handler: async (request, context) => {
      const reply = await answer(request, context, handle);
      return { ...reply, headers: { ...commonHeaders(context), ...reply.headers } };
    },
  });
}

async function answer(
  request: HttpRequest,
  context: InvocationContext,
  handle: Route['handle'],
): Promise<HttpResponseInit> {
  try {
    return await handle(request, context);
  } catch (error) {
    if (error instanceof ProblemError) {
      if (httpStatusOf(error.problem.code) >= 500) context.warn(error.message, error.cause);
      return problemReply(error.problem);
    }
    context.error('A request failed by a defect of ours.', error);
    return problemReply({
      code: 'InternalError',
      message: 'Something went wrong on our side.',
      remedy: `Try again; if it stays, report the request id ${context.invocationId}.`,
    });
  }
}

export function problemReply(problem: Problem): HttpResponseInit {
  const { code, message, target, remedy, innererror, retryAfterSeconds } = problem;
  const error = { code, message, target, remedy, retryable: isRetryable(code), innererror };
  return {
    status: httpStatusOf(code),
    jsonBody: { error },
    headers: {
      'x-ms-error-code': code,
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
  };
}

const commonHeaders = (context: InvocationContext) => ({
  'x-ms-request-id': context.invocationId,
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
});
