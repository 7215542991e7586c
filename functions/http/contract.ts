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
  /** Of a JSON body. */
  schema?: z.ZodType;
  /** Of a body that is not JSON: its media types. */
  files?: readonly string[];
  /** Headers beyond those that every reply has. */
  headers?: Record<string, string>;
}

/** A body that the function reads itself, because it was signed or may come in several forms. */
export interface OwnBody {
  contentTypes: readonly string[];
  schema: z.ZodType;
  headers: z.ZodObject;
}

export interface Contract<Q extends z.ZodObject, B extends z.ZodObject> {
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
  replies: Record<number, ReplyContract>;
  /** The codes that are this route's own; those that any route can answer are added. */
  errors?: readonly ErrorCode[];
}

export interface DescribedRoute extends Contract<z.ZodObject, z.ZodObject> {
  name: string;
  method: HttpMethod;
  path: string;
}

const routes: DescribedRoute[] = [];

export const describe = (route: DescribedRoute): void => void routes.push(route);

/** Every route that has been registered, in the order of their paths. */
export const describedRoutes = (): readonly DescribedRoute[] =>
  routes.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
