/**
 * What the contract says of each route, for the OpenAPI document: declared where the route is
 * registered, with the same schemas that validate its requests.
 */
import type { HttpMethod } from '@azure/functions';
import type { z } from 'zod';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Role } from './caller.ts';

/** `key`: the function key alone, whoever is signed in. `none`: open to everybody. */
export type RouteRole = Role | 'key' | 'none';

export interface ReplyContract {
  description: string;
  /** Of a JSON body; the handler's body is checked against it when the code is compiled (`Reply`). */
  schema?: z.ZodType;
  /** Of a body that is not JSON: its media types. */
  files?: readonly string[];
  /** Headers beyond those that every reply has. */
  headers?: Record<string, string>;
}

/** By HTTP status. */
export type Replies = Record<number, ReplyContract>;

/** What a handler may answer: for each status the JSON that its schema takes, or the same as text. */
export type Reply<R extends Replies> = {
  [S in keyof R & number]: StatusOf<S> & BodyOf<R[S]> & { headers?: Record<string, string> };
}[keyof R & number];

type StatusOf<S extends number> = S extends 200 ? { status?: S } : { status: S };
type Text = { body: string | ReadableStream; jsonBody?: never };
type BodyOf<C> = C extends { schema: infer T extends z.ZodType }
  ? { jsonBody: z.input<T>; body?: never } | Text
  : C extends { files: readonly string[] }
    ? Text
    : { jsonBody?: never; body?: never };

/** A body that the function reads itself, because it was signed or may come in several forms. */
export interface OwnBody {
  contentTypes: readonly string[];
  schema: z.ZodType;
  headers: z.ZodObject;
}

export interface Contract<Q extends z.ZodObject, B extends z.ZodObject, R extends Replies> {
  role: RouteRole;
  summary: string;
  /** Read and validated before the function is called. */
  query?: Q;
  body?: B;
  /** Of a body, or of what a body of its own form holds. */
  example?: object;
  ownBody?: OwnBody;
  /** Which of the conditional headers count. */
  conditions?: readonly ('If-Match' | 'If-None-Match')[];
  replies: R;
  /** The codes that are this route's own; those that any route can answer are added. */
  errors?: readonly ErrorCode[];
}

export interface DescribedRoute extends Contract<z.ZodObject, z.ZodObject, Replies> {
  name: string;
  method: HttpMethod;
  path: string;
}

const routes: DescribedRoute[] = [];

export const describe = (route: DescribedRoute): void => void routes.push(route);

/** Every route that has been registered, in the order of their paths. */
export const describedRoutes = (): readonly DescribedRoute[] =>
  routes.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
