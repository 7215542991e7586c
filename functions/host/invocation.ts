/**
 * The dependencies of a function in each invocation: the services of this process with the durable
 * client of that invocation.
 */
import type { InvocationContext } from '@azure/functions';
import { getServices, type Services } from '../../shared/services.ts';
import { durableWorkflows } from './workflow-engine.ts';

/** The input of functions that start or query orchestrations. */
export const servicesOf = (context: InvocationContext): Services => ({
  ...getServices(),
  workflows: durableWorkflows(context),
});
