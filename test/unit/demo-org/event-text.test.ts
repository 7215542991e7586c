import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { eventText } from '../../../dev/demo-org/event-text.ts';
import { sharedJson } from '../../support/shared-data.ts';

const openapi = sharedJson('okta-openapi-systemlog-excerpt.json');
const PUBLISHED = Date.parse('2026-11-01T12:00:00.123Z');

describe('an event of the demo org', () => {
  it.skipIf(!openapi)('is valid under the schema that Okta publishes', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    (addFormats as unknown as (ajv: Ajv) => void)(ajv);
    ajv.addSchema(nullable(openapi), 'okta');
    const validate = ajv.compile({ $ref: 'okta#/components/schemas/LogEvent' });
    for (let n = 0; n < 3000; n++) {
      const { raw } = eventText(7, n, PUBLISHED);
      if (!validate(JSON.parse(raw)))
        throw new Error(`event ${n}: ${ajv.errorsText(validate.errors)}`);
    }
  });

  it('is the same each time it is generated, and different for another number or seed', () => {
    expect(eventText(7, 1, PUBLISHED)).toEqual(eventText(7, 1, PUBLISHED));
    expect(eventText(7, 1, PUBLISHED).raw).not.toBe(eventText(7, 2, PUBLISHED).raw);
    expect(eventText(7, 1, PUBLISHED).raw).not.toBe(eventText(8, 1, PUBLISHED).raw);
  });

  it('contains its identity', () => {
    const { uuid, raw } = eventText(7, 1, PUBLISHED);
    expect(JSON.parse(raw)).toMatchObject({ uuid, published: '2026-11-01T12:00:00.123Z' });
  });

  it('is text that no serialiser would reproduce', () => {
    const raws = Array.from({ length: 20 }, (_, n) => eventText(7, n, PUBLISHED).raw);
    for (const raw of raws) expect(JSON.stringify(JSON.parse(raw))).not.toBe(raw);
  });

  it('has a realistic size, and sometimes exceeds a table cell', () => {
    const sizes = Array.from({ length: 5000 }, (_, n) => eventText(7, n, PUBLISHED).raw.length);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(1500);
    expect(mean).toBeLessThan(2500);
    expect(Math.max(...sizes)).toBeGreaterThan(32 * 1024);
  });
});

/** OpenAPI 3.0 writes `nullable: true` where JSON Schema has a second type. */
function nullable(schema: any): any {
  if (Array.isArray(schema)) return schema.map(nullable);
  if (schema === null || typeof schema !== 'object') return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, nullable(value)]);
  const copy = Object.fromEntries(entries);
  if (copy.nullable === true && typeof copy.type === 'string') copy.type = [copy.type, 'null'];
  // "Nulls may be omitted": nulls are nevertheless sent, contrary to the excerpt.
  if (typeof copy.type === 'string' && copy.type !== 'null') copy.type = [copy.type, 'null'];
  if (Array.isArray(copy.enum)) copy.enum = [...copy.enum, null];
  return copy;
}
