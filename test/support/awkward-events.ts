/** Valid events that are difficult to process. */

export const DAY_MS = 86_400_000;
export const NOW = Date.now();
export const at = (daysAgo: number) => new Date(NOW - daysAgo * DAY_MS).toISOString();
/** User names of attackers, and values that are difficult for CSV. */
export const HOSTILE = [
  '=HYPERLINK("http://evil.invalid","click")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  'a "quoted", name\r\nof two lines',
  "'",
  ',',
  '田中 花子 🚀',
];
export const published = at(3);
/** As Okta might send them, byte for byte. */
export const SPECIAL = [
  `{"uuid":"pretty",\r\n  "published":"${at(2)}",\n  "eventType": "odd.one", "big":12345678901234567890.10, "n":1e400 }`,
  `{"uuid":"escaped","published":"${at(2.5)}","eventType":"odd.one","actor":{"alternateId":"null"},"q":"line\\nbreak \\u00e9\\/"}`,
  `{"uuid":"untyped","published":"${at(2.6)}","eventType":7,"actor":null,"target":"none","outcome":[]}`,
  ...HOSTILE.map((name, n) =>
    JSON.stringify({
      uuid: `hostile-${n}`,
      published,
      eventType: 'user.session.start',
      outcome: { result: 'FAILURE', reason: name },
      actor: { id: `00u${n}`, type: 'User', alternateId: name, displayName: name },
      client: { ipAddress: '203.0.113.7', userAgent: { rawUserAgent: name } },
      target: [
        { id: 't', type: name, displayName: name },
        { id: 'u', type: 'User', displayName: null },
      ],
    }),
  ),
];
export const DEAD = [`{"published":"${at(1)}","note":"no identity"}`, `{"uuid":"timeless","n":1}`];
