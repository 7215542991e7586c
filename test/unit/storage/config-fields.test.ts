import { describe, expect, it } from 'vitest';
import { connectorResource } from '../../../functions/schemas/connector.ts';
import { configurationOf } from '../../../shared/connectors/configuration.ts';
import { registrationBody, resourceOf, updateBody } from '../../../shared/connectors/resource.ts';
import { CONFIG_FIELD_NAMES } from '../../../shared/storage/config-fields.ts';
import { Connectors } from '../../../shared/storage/connectors.ts';
import { parseOperation } from '../../../shared/webhooks/operation.ts';
import { MemoryTable } from '../../support/memory-table.ts';
import { readText } from '../../support/repository.ts';
import { aConnector } from '../../support/samples.ts';

const DOMAIN = 'contoso.okta.com';

describe.each(CONFIG_FIELD_NAMES)('the field %s of a configuration', (name) => {
  const connector = aConnector();

  it('can be sent, is compared and is returned', () => {
    expect(Object.keys(registrationBody.shape)).toContain(name);
    expect(Object.keys(updateBody.shape)).toContain(name);
    expect(configurationOf(connector)).toHaveProperty(name, connector[name]);
    const shown = connectorResource.parse(resourceOf(connector, 'Connected'));
    expect(shown).toHaveProperty(name, connector[name]);
  });

  it('is kept from a webhook', () => {
    const data = { id: 'contoso', domain: DOMAIN, ...{ [name]: connector[name] } };
    const parsed = parseOperation('connector.register', data);
    expect(parsed).toMatchObject({ operation: { body: { [name]: connector[name] } } });
  });

  it('is read back from its row', async () => {
    const connectors = new Connectors(new MemoryTable());
    await connectors.claim(connector);
    const stored = await connectors.get(connector.id);
    expect(stored?.connector).toHaveProperty(name, connector[name]);
  });

  it('is in the contract', () => {
    expect(readText('docs/contract.md')).toContain(`| \`${name}\` |`);
  });
});

describe('an omitted field', () => {
  it('has its default, and null resets it to the default', () => {
    const registration = registrationBody.parse({ domain: DOMAIN });
    const nothing = { displayName: null, backfillDays: null, pollIntervalSeconds: null };
    const defaults = { backfillDays: 60, pollIntervalSeconds: 60 };
    expect(registration).toEqual({ domain: DOMAIN, ...defaults });
    expect(updateBody.parse(nothing)).toEqual({ displayName: undefined, ...defaults });
    expect(updateBody.parse({})).toEqual({});
  });
});
