/**
 * Arbitrary requests for fuzzing: almost valid, clearly invalid, and with a token in the wrong place.
 */
import fc from 'fast-check';

/** A token pasted by mistake: no reply may contain it. */
export const PLANTED = '00pLaNtEdToKeNpLaNtEdToKeN';

/** Arbitrary text, often with the pasted token, often almost valid. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    PLANTED,
    `SSWS ${PLANTED}`,
    '',
    ' ',
    'null',
    '0',
    '-1',
    '1e9',
    '%',
    '\0',
    "'",
    '*',
  ),
  fc.constantFrom('contoso', 'absent', '0001', 'true', 'ndjson', 'csv', 'apiToken', 'verify'),
  fc.constantFrom('2026-11-01T00:00:00Z', '0000-01-01T00:00:00+23:59', '9999-12-31T23:59:59-23:59'),
  fc.integer({ min: -5, max: 2000 }).map(String),
);
/** Stands for the host of the test's org. */
export const ORG = 'org-of-the-test';

/** Names that cannot resolve to real servers: reserved names, addresses, the org of this test. */
const domain = fc.oneof(
  fc.constantFrom(
    `${PLANTED}.invalid`,
    'contoso.okta.com.invalid',
    '127.0.0.1',
    '[::1]',
    '169.254.169.254',
    '2130706433',
    'localhost:1',
    'contoso-admin.okta.com',
    'user@contoso.invalid',
    'http://contoso.invalid',
    'https://contoso.okta.com.invalid/api/v1/logs',
  ),
  fc.stringMatching(/^[a-z0-9.-]{0,40}$/).map((name) => `${name}.invalid`),
  fc.constant(ORG),
);
const json = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(PLANTED, [PLANTED], { kind: PLANTED }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.constantFrom(null, [], {}, true, -1, 1e300, 0.5) },
);
const DATA = [
  ...['displayName', 'credential', 'backfillDays', 'pollIntervalSeconds', 'id', 'orgId', 'enabled'],
  ...['from', 'to', 'mode', 'type', 'timestamp', 'time', 'data', 'source', 'specversion'],
];
const credential = fc.oneof(
  json,
  fc.record({ kind: fc.oneof(fc.constant('apiToken'), text), token: fc.oneof(text, json) }),
);
const fieldName = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...DATA) },
  { weight: 1, arbitrary: text },
);
const fields: fc.Arbitrary<object> = fc
  .tuple(
    fc.dictionary(fieldName, json, { maxKeys: 3 }),
    fc.record({ domain: fc.oneof(domain, json), credential }, { requiredKeys: [] }),
  )
  .map(([some, more]) => ({ ...some, ...more }));
const delivery = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom('connector.register', 'connector.update', 'connector.backfill'),
      json,
    ),
    timestamp: fc.oneof(fc.constant('2026-11-01T00:00:00Z'), json),
    specversion: fc.constantFrom('1.0', '0.3'),
    id: text,
    source: text,
    time: fc.oneof(fc.constant('2026-11-01T00:00:00Z'), json),
    // Never the existing connector: its registration would be replaced.
    data: fc.oneof(
      json,
      fields.map((one) => ({ ...one, id: 'hooked' })),
    ),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(fields, delivery).map((one) => JSON.stringify(one)) },
  { weight: 1, arbitrary: json.map((one) => JSON.stringify(one) ?? '') },
  { weight: 1, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 70_000 }).map((n) => `{"displayName":"${'x'.repeat(n)}"}`),
  },
);
const headerText = text.map((one) => encodeURIComponent(one.toWellFormed()).slice(0, 200));
const headers = fc.dictionary(
  fc.constantFrom(
    ...['if-match', 'if-none-match', 'traceparent', 'x-ms-client-principal', 'webhook-id'],
    ...['webhook-timestamp', 'webhook-signature', 'webhook-request-origin', 'webhook-request-rate'],
    ...['webhook-request-callback', 'ce-id', 'ce-source', 'ce-type', 'ce-time', 'ce-specversion'],
    ...['accept', 'x-functions-key', 'authorization', 'x-forwarded-host', 'range'],
  ),
  fc.oneof(
    headerText,
    fc.constantFrom('"a"', '*', '1.0', '2026-11-01T00:00:00Z', 'connector.update'),
  ),
  { maxKeys: 5 },
);
const contentType = fc.oneof(
  { weight: 4, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['application/merge-patch+json', 'text/plain', 'application/json;charset=x'],
      ...['application/cloudevents+json', 'application/cloudevents-batch+json'],
    ),
  },
);
export const segment = (one: string) => encodeURIComponent(one.toWellFormed()).slice(0, 300) || '-';

export const anyRequest = fc.record({
  which: fc.nat(),
  /** Selects a route with a body, where most mistakes are possible. */
  bodied: fc.boolean(),
  id: fc.oneof(fc.constantFrom('fuzzed', 'absent', 'contoso'), text),
  backfillId: fc.oneof(fc.constant('0001'), text),
  query: fc.array(fc.tuple(fc.oneof(fc.nat({ max: 9 }), text), text), { maxLength: 4 }),
  headers,
  contentType,
  body,
  signed: fc.boolean(),
});
