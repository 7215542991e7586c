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
import { admit, type Role } from './caller.ts';

export interface Route {
  method: HttpMethod;
  path: string;
  role: Role;
  /** Whether the function starts or looks at orchestrations. */
  durable?: boolean;
  /** `caller` is who calls, as the record names them. */
  handle(
    request: HttpRequest,
    context: InvocationContext,
    caller: string,
  ): Promise<HttpResponseInit>;
}

/** Registers one function under one literal path and one method. */
export function route(name: string, { method, path, role, durable, handle }: Route): void {
  const config = getConfig();
  app.http(name, {
    methods: [method],
    route: path,
    authLevel: config.authMode === 'keys' ? 'function' : 'anonymous',
    extraInputs: durable ? [df.input.durableClient()] : [],
    handler: async (request, context) => {
      const reply = await answer(context, () =>
        handle(request, context, admit(request, config, role)),
      );
      return { ...reply, headers: { ...commonHeaders(context), ...reply.headers } };
    },
  });
}

async function answer(
  context: InvocationContext,
  handle: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await handle();
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
