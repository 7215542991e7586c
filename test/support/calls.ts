/** Calls of the HTTP functions, and their replies. */
import { expect } from 'vitest';
import type { Check } from './contract.ts';

export interface Reply {
  status: number;
  headers: Headers;
  /** Parsed if it is JSON. */
  body: any;
}

/** A request with a body of any form. */
export type Send = (
  method: string,
  path: string,
  body?: string | Uint8Array<ArrayBuffer>,
  headers?: Record<string, string>,
) => Promise<Reply>;

export interface Callers {
  /** The reply, checked against the contract. */
  send: Send;
  /** The same with a JSON body. */
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Reply>;
}

/** Calls as a client; checks each reply against the contract. */
export function callersOf(url: string, check: Check): Callers {
  const send: Send = async (method, route, body, headers = {}) => {
    const reply = await fetch(`${url}${route}`, { method, headers, ...(body ? { body } : {}) });
    const text = await reply.text();
    const isJson = reply.headers.get('content-type')?.startsWith('application/json');
    const parsed = text === '' ? undefined : isJson ? JSON.parse(text) : text;
    const seen = { status: reply.status, headers: reply.headers, body: parsed };
    check({ method, path: route, ...seen });
    return seen;
  };
  return {
    send,
    call: async (method, route, body, headers = {}) => {
      if (body === undefined) return await send(method, route, undefined, headers);
      const content = { 'content-type': 'application/json', ...headers };
      return await send(method, route, JSON.stringify(body), content);
    },
  };
}

/** Expects this error in the reply's body and header. */
export function expectError({ status, headers, body }: Reply, wanted: number, code: string): any {
  expect({ status, code: body?.error?.code }).toEqual({ status: wanted, code });
  expect(headers.get('x-ms-error-code')).toBe(code);
  return body.error;
}
