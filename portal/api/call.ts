/** Calls of the API: the key of this tab, errors as values of one class, replies as text or JSON. */
import { functionKey } from './function-key.ts';
import { CALLS, type CallName, pathOf, type Query } from './paths.ts';
import type { ErrorReply } from './types.ts';

/** A refused call, or (`status` 0) no reply at all. */
export class CallError extends Error {
  readonly status: number;
  readonly error: ErrorReply;
  readonly retryAfterSeconds: number | undefined;
  readonly requestId: string | undefined;

  constructor(status: number, error: ErrorReply, headers?: Headers) {
    super(error.message);
    this.status = status;
    this.error = error;
    this.retryAfterSeconds = Number(headers?.get('retry-after')) || undefined;
    this.requestId = headers?.get('x-ms-request-id') ?? undefined;
  }
}

export interface CallOptions {
  parameters?: Record<string, string>;
  query?: Query;
  body?: object;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface Reply<T> {
  body: T;
  etag: string | undefined;
}

export async function call<T>(name: CallName, options: CallOptions = {}): Promise<Reply<T>> {
  const response = await send(name, options);
  const text = await response.text();
  const body = (text === '' ? undefined : JSON.parse(text)) as T;
  return { body, etag: response.headers.get('etag') ?? undefined };
}

/** The reply as text, never parsed: numbers keep their digits. */
export const callText = async (name: CallName, options: CallOptions = {}): Promise<string> =>
  await (await send(name, options)).text();

export const callBlob = async (name: CallName, options: CallOptions = {}): Promise<Blob> =>
  await (await send(name, options)).blob();

async function send(name: CallName, options: CallOptions): Promise<Response> {
  const { parameters, query, body, headers = {}, signal } = options;
  const key = functionKey.get();
  const init: RequestInit = {
    method: CALLS[name][0],
    // A session that has ended answers with a redirect to the sign-in page.
    redirect: 'manual',
    headers: {
      ...headers,
      ...(key ? { 'x-functions-key': key } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  };
  const response = await fetch(pathOf(name, parameters, query), init).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new CallError(0, NO_REPLY);
  });
  if (response.ok) return response;
  if (response.type === 'opaqueredirect') throw new CallError(401, SIGNED_OUT);
  throw new CallError(response.status, await errorOf(response), response.headers);
}

async function errorOf(response: Response): Promise<ErrorReply> {
  try {
    return ((await response.json()) as { error: ErrorReply }).error;
  } catch {
    // The Functions host answers a missing or wrong key with a bare 401.
    if (response.status === 401) return functionKey.get() ? WRONG_KEY : SIGNED_OUT;
    return { ...NO_REPLY, message: `The app answered ${response.status}.` };
  }
}

const NO_REPLY: ErrorReply = {
  code: 'InternalError',
  message: 'The app does not answer.',
  remedy: 'Check the network, and whether the app is running.',
  retryable: true,
};
const SIGNED_OUT: ErrorReply = {
  code: 'Unauthorized',
  message: 'You are not signed in.',
  retryable: false,
};
const WRONG_KEY: ErrorReply = {
  code: 'Unauthorized',
  message: 'This key does not open that.',
  remedy: 'Use the key of this function, or the host key.',
  retryable: false,
};
