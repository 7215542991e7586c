/**
 * The contract of each route, for the OpenAPI document. It is declared at the registration of the
 * route, with the same schemas that validate its requests.
 */
import type { HttpMethod } from '@azure/functions';
import type { z } from 'zod';
import type { ErrorCode } from '../../shared/errors.ts';
import type { Role } from './caller.ts';

/** `key`: the function key alone, without a role. `none`: no authorisation. */
export type RouteRole = Role | 'key' | 'none';

export interface ReplyContract {
  description: string;
  /** The schema of a JSON body. The compiler checks the handler's body against it (`Reply`). */
  schema?: z.ZodType;
  /** The media types of a body that is not JSON. */
  files?: readonly string[];
  /** Headers in addition to those of every reply. */
  headers?: Record<string, string>;
}

/** By HTTP status. */
export type Replies = Record<number, ReplyContract>;

/**
 * The allowed results of a handler: for each status the JSON of its schema, or the same as text.
 */
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

/** A body that the function reads itself, because it is signed or has several forms. */
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
  /** An example of a JSON body, or of the content of an `ownBody`. */
  example?: object;
  ownBody?: OwnBody;
  /** Request headers that the function reads itself. */
  headers?: z.ZodObject;
  /** The conditional headers that the route evaluates. */
  conditions?: readonly ('If-Match' | 'If-None-Match')[];
  replies: R;
  /** The route's own error codes; the codes common to all routes are added. */
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
