/**
 * The common part of every HTTP function: one function per path and method, function key and role, the
 * audit of management calls, the contract's headers, and the format of errors (docs/contract.md,
 * "Conventions").
 */
import {
  app,
  type HttpMethod,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import * as z from 'zod';
import { httpStatusOf, isRetryable, type Problem, ProblemError } from '../../shared/errors.ts';
import { forCaller } from '../../shared/okta/problems.ts';
import { servicesOf } from '../host/invocation.ts';
import { whenConfigured } from '../host/settings.ts';
import type { errorReply } from '../schemas/error.ts';
import { NO_FIELDS, readBody } from './body.ts';
import { boundWait, FORWARDED_WITHIN_MS } from './bounded-wait.ts';
import type { Call } from './call.ts';
import { compressed } from './compressed.ts';
import { type Contract, describe, type Replies, type Reply } from './contract.ts';
import { crossOriginProblem } from './cross-origin.ts';
import { type Incoming, incoming } from './incoming.ts';
import { orCutOff } from './or-cut-off.ts';
import { readQuery } from './read-query.ts';
import { admitted, recorded } from './record.ts';

export interface Route<Q extends z.ZodObject, B extends z.ZodObject, R extends Replies>
  extends Contract<Q, B, R> {
  method: HttpMethod;
  path: string;
  /** Whether the function starts or queries orchestrations. */
  durable?: boolean;
  /** The action's name in the audit. Calls of a function without a name are not recorded. */
  action?: string;
  handle(request: Incoming, call: Call<z.output<Q>, z.output<B>>): Promise<Reply<NoInfer<R>>>;
}

const NOTHING = z.object({});

boundWait(FORWARDED_WITHIN_MS);

/** Registers one function under a literal path and a method. */
export function route<
  R extends Replies,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodObject = typeof NOTHING,
>(name: string, definition: Route<Q, B, R>): void {
  const { method, path, role, durable, action } = definition;
  describe({ name, ...definition });
  whenConfigured((config) => {
    const handle = async (request: Incoming, call: Omit<Call, 'query' | 'body'>) => {
      const foreign = role !== 'none' && crossOriginProblem(request, config.publicOrigin);
      if (foreign) throw new ProblemError(foreign);
      const query = readQuery(request, definition.query ?? NOTHING) as z.output<Q>;
      const body = (await bodyOf(request, definition)) as z.output<B>;
      return (await definition.handle(request, { ...call, query, body })) as HttpResponseInit;
    };
    const handled = async (request: Incoming, context: InvocationContext) => {
      const services = servicesOf(context);
      const asked = action ?? name.replace('-', '.');
      const caller = await admitted(request, { services }, asked, role);
      const call = { context, services, caller };
      return action === undefined
        ? await handle(request, { ...call, note: () => {} })
        : await recorded(request, call, action, (noting) => handle(request, noting));
    };
    const wantsKey = role === 'key' ? config.authMode !== 'none' : config.authMode === 'keys';
    app.http(name, {
      methods: [method],
      route: path,
      authLevel: wantsKey && role !== 'none' ? 'function' : 'anonymous',
      extraInputs: durable ? [df.input.durableClient()] : [],
      handler: async (forwarded, context) =>
        await orCutOff(context, async () => {
          const reply = await answer(context, async () => {
            const request = incoming(forwarded, context.invocationId, path);
            return await compressed(request, await handled(request, context));
          });
          return { ...reply, headers: { ...commonHeaders(context), ...reply.headers } };
        }),
    });
  });
}

/** An action without fields also accepts an empty object. */
async function bodyOf<B extends z.ZodObject>(
  request: Incoming,
  { method, body, ownBody }: Contract<z.ZodObject, B, Replies> & { method: HttpMethod },
): Promise<z.output<B> | undefined> {
  if (body) return await readBody(request, body);
  if (method === 'POST' && !ownBody) await readBody(request, NO_FIELDS);
  return undefined;
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
    context.error('A request failed because of a defect.', error);
    return problemReply({
      code: 'InternalError',
      message: 'The app failed with an internal error.',
      remedy: `Try again. If the error persists, report the request id ${context.invocationId}.`,
    });
  }
}

function problemReply(problem: Problem): HttpResponseInit {
  const { code, message, target, remedy, innererror, retryAfterSeconds } = forCaller(problem);
  const retryable = isRetryable(code);
  const jsonBody: z.input<typeof errorReply> = {
    error: { code, message, target, remedy, retryable, innererror },
  };
  return {
    status: httpStatusOf(code),
    jsonBody,
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
  'Cross-Origin-Resource-Policy': 'same-origin',
});
