/** The deployment creates the resources that the code uses. */
import { describe, expect, it } from 'vitest';
import {
  LARGE_EVENTS_CONTAINER,
  poisonQueueOf,
  QUEUES,
  TABLES,
} from '../../../shared/storage/names.ts';
import { namesOf, resourceOf, VARIANT_NAMES } from '../../support/templates.ts';

const STORAGE = 'Microsoft.Storage/storageAccounts';

describe.each(VARIANT_NAMES)('the storage account of %s', (variant) => {
  it('has exactly the tables of the code', () => {
    expect(namesOf(variant, `${STORAGE}/tableServices/tables`)).toEqual(
      Object.values(TABLES).toSorted(),
    );
  });

  it('has each queue, and a poison queue for each', () => {
    expect(namesOf(variant, `${STORAGE}/queueServices/queues`)).toEqual(
      QUEUES.flatMap((queue) => [queue, poisonQueueOf(queue)]).toSorted(),
    );
  });

  it('has the containers for large events and for the deployed app', () => {
    const containers = namesOf(variant, `${STORAGE}/blobServices/containers`);
    const { value } = resourceOf(variant, 'Microsoft.Web/sites').properties.functionAppConfig
      .deployment.storage;
    const [deployedTo] = containers.filter((name) => value.includes(`, '${name}'`));
    expect(containers).toEqual([deployedTo, LARGE_EVENTS_CONTAINER]);
  });
});
