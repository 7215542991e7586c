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
  it('has each table of the code, and no other', () => {
    expect(namesOf(variant, `${STORAGE}/tableServices/tables`)).toEqual(
      Object.values(TABLES).toSorted(),
    );
  });

  it('has each queue, and a queue for what fails for good', () => {
    expect(namesOf(variant, `${STORAGE}/queueServices/queues`)).toEqual(
      QUEUES.flatMap((queue) => [queue, poisonQueueOf(queue)]).toSorted(),
    );
  });

  it('has the container of large events, and the container that the app is deployed to', () => {
    const containers = namesOf(variant, `${STORAGE}/blobServices/containers`);
    const { value } = resourceOf(variant, 'Microsoft.Web/sites').properties.functionAppConfig
      .deployment.storage;
    const [deployedTo] = containers.filter((name) => value.includes(`, '${name}'`));
    expect(containers).toEqual([deployedTo, LARGE_EVENTS_CONTAINER]);
  });
});
