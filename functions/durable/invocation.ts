/**
 * What a function works with: the settings when it is registered, and in each invocation the services
 * of this process with the durable client that the host hands over.
 */
import type { InvocationContext } from '@azure/functions';
import { getConfig, getServices, type Services } from '../../shared/services.ts';
import { durableWorkflows } from './workflow-engine.ts';

/** A function that starts or looks at orchestrations has the durable client among its inputs. */
export const servicesOf = (context: InvocationContext): Services => ({
  ...getServices(),
  workflows: durableWorkflows(context),
});

/** The app setting by which triggers find the storage account. */
export const storageSetting = (): string => getConfig().storageSetting;
