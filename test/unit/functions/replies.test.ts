/**
 * The compiler checks the replies of a handler (`npm run typecheck`): each wrong reply below must be a
 * compile error, otherwise the compiler rejects the comment above it.
 */
import { expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import type { Reply } from '../../../functions/http/contract.ts';
import type { route } from '../../../functions/http/route.ts';

const connector = z.object({ id: z.string(), status: z.enum(['Connected', 'Disabled']) });
const replies = {
  200: { description: 'It is there.', schema: connector },
  202: { description: 'It will be there.', schema: z.object({ statusUrl: z.string() }) },
  204: { description: 'It is gone.' },
};
const described = { method: 'GET', path: 'api/x', role: 'none', summary: 'x', replies } as const;

declare const register: typeof route;

const rightReplies = () => {
  register('x', {
    ...described,
    handle: async () => ({ jsonBody: { id: 'contoso', status: 'Connected' as const } }),
  });
  register('x', {
    ...described,
    handle: async () => ({ status: 202 as const, jsonBody: { statusUrl: 'https://…' } }),
  });
  register('x', { ...described, handle: async () => ({ status: 204 as const }) });
  register('x', { ...described, handle: async () => ({ body: '{"id":"as text"}' }) });
};

const wrongReplies = () => {
  register('x', {
    ...described,
    // @ts-expect-error a field has another name
    handle: async () => ({ jsonBody: { id: 'contoso', state: 'Connected' as const } }),
  });
  register('x', {
    ...described,
    // @ts-expect-error a field has another type
    handle: async () => ({ jsonBody: { id: 7, status: 'Connected' as const } }),
  });
  register('x', {
    ...described,
    // @ts-expect-error a word is not in the enumeration
    handle: async () => ({ jsonBody: { id: 'contoso', status: 'Broken' as const } }),
  });
  register('x', {
    ...described,
    // @ts-expect-error the body is that of another status
    handle: async () => ({ status: 202 as const, jsonBody: { id: 'a', status: 'Connected' } }),
  });
  register('x', {
    ...described,
    // @ts-expect-error the status is not declared
    handle: async () => ({ status: 418 as const, jsonBody: { statusUrl: 'https://…' } }),
  });
  register('x', {
    ...described,
    // @ts-expect-error nothing is sent with this status
    handle: async () => ({ status: 204 as const, jsonBody: {} }),
  });
};

it("a handler may return only the JSON of its status's schema, and only declared statuses", () => {
  expectTypeOf(rightReplies).toBeFunction();
  expectTypeOf(wrongReplies).toBeFunction();
  type Ok = Extract<Reply<typeof replies>, { status?: 200; jsonBody: unknown }>;
  expectTypeOf<Ok['jsonBody']>().toEqualTypeOf<z.input<typeof connector>>();
});
