/**
 * What every HTTP function shares: one function per path and method, the key it asks for, who may
 * call, the record of management calls, the contract's headers, and errors in its shape
 * (docs/contract.md, "Conventions").
 */
import {
  app,
  type HttpMethod,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import * as z from 'zod';
import { isConnectorId } from '../../shared/connectors/resource.ts';
import { httpStatusOf, isRetryable, type Problem, ProblemError } from '../../shared/errors.ts';
import { getConfig, type Services } from '../../shared/services.ts';
import { servicesOf } from '../durable/invocation.ts';
import { NO_FIELDS, readBody } from './body.ts';
import { admit } from './caller.ts';
import { type Contract, describe, type RouteRole } from './contract.ts';
import { crossOriginProblem } from './cross-origin.ts';
import { type Incoming, incoming } from './incoming.ts';
import { readQuery } from './read-query.ts';

export interface Route<Q extends z.ZodObject, B extends z.ZodObject> extends Contract<Q, B> {
  method: HttpMethod;
  path: string;
  /** Whether the function starts or looks at orchestrations. */
  durable?: boolean;
  /** What the record calls it; calls of a function without this are not recorded. */
  action?: string;
  handle(request: Incoming, call: Call<z.output<Q>, z.output<B>>): Promise<HttpResponseInit>;
}

export interface Call<Q = unknown, B = unknown> {
  context: InvocationContext;
  services: Services;
  /** As their schemas read them. */
  query: Q;
  body: B;
  /** As the record names them. */
  caller: string;
  /** Adds to the record what was done, and to which connector; never anything secret. */
  note(detail: string, connectorId?: string): void;
}

const NOTHING = z.object({});

/** Registers one function under one literal path and one method. */
export function route<
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodObject = typeof NOTHING,
>(name: string, definition: Route<Q, B>): void {
  const { method, path, role, durable, action } = definition;
  describe({ name, ...definition });
  const config = getConfig();
  const handle: Handle = async (request, call) => {
    const problem = role === 'none' ? undefined : crossOriginProblem(request, config.publicOrigin);
    if (problem) throw new ProblemError(problem);
    const query = readQuery(request, definition.query ?? NOTHING) as z.output<Q>;
    const body = (await bodyOf(request, definition)) as z.output<B>;
    return await definition.handle(request, { ...call, query, body });
  };
  const wantsKey = role === 'key' ? config.authMode !== 'none' : config.authMode === 'keys';
  app.http(name, {
    methods: [method],
    route: path,
    authLevel: wantsKey && role !== 'none' ? 'function' : 'anonymous',
    extraInputs: durable ? [df.input.durableClient()] : [],
    handler: async (forwarded, context) => {
      const reply = await answer(context, async () => {
        const request = incoming(forwarded, context.invocationId, path);
        const services = servicesOf(context);
        const caller = await admitted(
          request,
          { context, services },
          action ?? name.replace('-', '.'),
          role,
        );
        return action === undefined
          ? await handle(request, { context, services, caller, note: () => {} })
          : await recorded(request, { context, services, caller }, action, handle);
      });
      return { ...reply, headers: { ...commonHeaders(context), ...reply.headers } };
    },
  });
}

/** An action that takes nothing may still be sent an empty object. */
async function bodyOf<B extends z.ZodObject>(
  request: Incoming,
  { method, body, ownBody }: Contract<z.ZodObject, B> & { method: HttpMethod },
): Promise<z.output<B> | undefined> {
  if (body) return await readBody(request, body);
  if (method === 'POST' && !ownBody) await readBody(request, NO_FIELDS);
  return undefined;
}

export type Handle = (
  request: Incoming,
  call: Omit<Call, 'query' | 'body'>,
) => Promise<HttpResponseInit>;

/** A refusal is recorded, whatever it was that was refused. */
async function admitted(
  request: Incoming,
  { context, services }: Pick<Call, 'context' | 'services'>,
  action: string,
  role: RouteRole,
): Promise<string> {
  if (role === 'none') return 'anonymous';
  if (role === 'key') return 'functionKey';
  const { caller, problem } = admit(request, services.config, role);
  if (!problem) return caller;
  const { audit, clock } = services;
  const entry = { atMs: clock.nowMs(), caller, action, ...namedConnector(request) };
  await audit.record({ ...entry, result: 'refused', code: problem.code }, context.invocationId);
  throw new ProblemError(problem);
}

/** The record is there before the change; one that stays `started` was cut off. */
export async function recorded(
  request: Incoming,
  { context, services, caller }: Pick<Call, 'context' | 'services' | 'caller'>,
  action: string,
  handle: Handle,
): Promise<HttpResponseInit> {
  const { audit, clock } = services;
  const entry = { atMs: clock.nowMs(), caller, action, ...namedConnector(request) };
  const key = await audit.begin(entry, context.invocationId);
  let noted: { detail?: string; connectorId?: string | undefined } = {};
  const note: Call['note'] = (detail, connectorId) => {
    noted = { detail, ...(connectorId ? { connectorId } : {}) };
  };
  const reply = await answer(context, () => handle(request, { context, services, caller, note }));
  const { status = 200 } = reply;
  const result = status < 400 ? 'ok' : status < 500 ? 'refused' : 'failed';
  const code = new Headers(reply.headers).get('x-ms-error-code') ?? undefined;
  await audit.complete(key, { result, code, ...noted });
  return reply;
}

/** The connector that a path names, where it can be one: anything else may be a mistaken paste. */
function namedConnector({ params: { id } }: Incoming): { connectorId?: string } {
  return id !== undefined && isConnectorId(id) ? { connectorId: id } : {};
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
  'Cross-Origin-Resource-Policy': 'same-origin',
});
