/** Faults of Okta, or of a proxy in front of it (docs/okta.md, "Limit headers", "Error codes"). */
import type { Fault, OktaOrg, OrgReply } from './org.ts';

type Answer = Fault['answer'];

const ELSEWHERE = 'https://evil.example/api/v1/logs?after=1';

const changed =
  (change: (proper: OrgReply, url: string) => OrgReply): Answer =>
  (request, proper) =>
    change(proper(), request.url);

const withBody = (body: string | Buffer, headers: Record<string, string> = {}): Answer =>
  changed((reply) => ({ ...reply, status: 200, headers: { ...reply.headers, ...headers }, body }));

/** The same page, enlarged by white space. */
function padded(bytes: number): Answer {
  return changed((reply) => {
    const [start, rest] = [Buffer.alloc(bytes, ' '), Buffer.from(reply.body.slice(1))];
    start.write('[');
    return { ...reply, body: Buffer.concat([start, rest]) };
  });
}

/** The last byte before the first closing quote of the page is replaced. */
const damagedEvent = (byte: number): Answer =>
  changed((reply) => {
    const body = Buffer.from(reply.body);
    const at = body.indexOf('"', body.indexOf('"') + 1) - 1;
    if (at > 0) body[at] = byte;
    return { ...reply, body };
  });

/** Changes the compressed bytes of the body; the announced length matches the changed bytes. */
const damaged = (damage: (sent: Buffer, body: OrgReply['body']) => Buffer): Answer =>
  changed((reply) => ({ ...reply, damage: (sent) => damage(sent, reply.body) }));

function withOneBitChanged(sent: Buffer): Buffer {
  const at = Math.floor(sent.length / 2);
  return sent.fill((sent[at] ?? 0) ^ 0x10, at, at + 1);
}

/** Only on valid pages of the log. */
const withLinks = (links: (proper: string[], url: string) => string[]): Answer =>
  changed((reply, url) => {
    if (reply.status !== 200 || !Array.isArray(reply.headers.link)) return reply;
    const { link: proper, ...headers } = reply.headers;
    const link = links([proper].flat(), url);
    return { ...reply, headers: link.length > 0 ? { ...headers, link } : headers };
  });

function throttled(org: OktaOrg, headers: Record<string, string>): OrgReply {
  const reply = org.error(
    429,
    'E0000047',
    'API call exceeded rate limit due to too many requests.',
  );
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

const reset = (org: OktaOrg, seconds: number): string =>
  String(Math.ceil(org.nowMs() / 1000) + seconds);
const limitHeaders = (limit: number, resetAt: string) => ({
  'x-rate-limit-limit': String(limit),
  'x-rate-limit-remaining': '0',
  'x-rate-limit-reset': resetAt,
});
const error =
  (status: number, code: string, more: Partial<OrgReply> = {}): ((org: OktaOrg) => Answer) =>
  (org) =>
  () => ({ ...org.error(status, code, 'a fault'), ...more });

/** A page of a proxy or of a firewall, which has nothing of Okta's. */
const blocked =
  (status: number): ((org: OktaOrg) => Answer) =>
  () =>
  () => ({
    status,
    headers: { 'content-type': 'text/html', via: '1.1 proxy.example' },
    body: '<html><title>Blocked</title></html>',
  });

export const FAULTS: Record<string, (org: OktaOrg) => Answer> = {
  401: error(401, 'E0000011'),
  403: error(403, 'E0000006'),
  404: error(404, 'E0000007'),
  500: error(500, 'E0000009'),
  503: error(503, 'E0000010'),
  429: (org) => () => throttled(org, limitHeaders(org.limiter.limitPerMinute, reset(org, 1))),
  '429-without-headers': (org) => () => throttled(org, {}),
  '429-past-reset': (org) => () => throttled(org, limitHeaders(600, reset(org, -300))),
  '429-far-reset': (org) => () => throttled(org, limitHeaders(600, reset(org, 86_400))),
  '429-joined': (org) => () =>
    throttled(org, limitHeaders(600, `${reset(org, 1)}, ${reset(org, 60)}`)),
  '429-malformed': (org) => () => throttled(org, limitHeaders(600, 'soon')),
  '429-concurrency': (org) => () => throttled(org, limitHeaders(0, '0')),
  '401-proxy': blocked(401),
  '403-edge': blocked(403),
  '404-edge': blocked(404),
  '407-proxy': blocked(407),
  '503-retry-after': error(503, 'E0000010', { headers: { 'retry-after': '20' } }),
  '401-empty-gzip': error(401, 'E0000011', { damage: () => Buffer.alloc(0) }),
  '401-cut-body': error(401, 'E0000011', { wire: 'cut-body' }),
  '429-cut-body': (org) => () => ({
    ...throttled(org, limitHeaders(org.limiter.limitPerMinute, reset(org, 1))),
    wire: 'cut-body',
  }),
  '503-cut-body': error(503, 'E0000010', { wire: 'cut-body' }),
  slow: () => changed((reply) => ({ ...reply, delayMs: 1500 })),
  hang: () => changed((reply) => ({ ...reply, wire: 'hang' })),
  reset: () => changed((reply) => ({ ...reply, wire: 'reset' })),
  'cut-body': () => changed((reply) => ({ ...reply, wire: 'cut-body' })),
  'cut-json': () => changed((reply) => ({ ...reply, body: reply.body.slice(0, -20) })),
  'cut-gzip': () => damaged((sent) => sent.subarray(0, sent.length / 2)),
  'empty-gzip': () => damaged(() => Buffer.alloc(0)),
  'damaged-gzip': () => damaged(withOneBitChanged),
  'not-gzip': () => damaged((_sent, body) => Buffer.from(body)),
  html: () =>
    withBody('<html><body>Please sign in to the proxy</body></html>', {
      'content-type': 'text/html',
    }),
  'wrong-type': () =>
    changed((reply) => ({ ...reply, headers: { ...reply.headers, 'content-type': 'text/plain' } })),
  empty: () => withBody(''),
  'not-an-array': () => withBody('{"errorSummary":"odd"}'),
  'not-objects': () => withBody('[1,"two",null]'),
  'not-utf8': () => withBody(Buffer.from([0x5b, 0x22, 0xff, 0xfe, 0x22, 0x5d])),
  'too-deep': () => withBody(`[${'['.repeat(200_000)}${']'.repeat(200_000)}]`),
  '50-mb': () => padded(50 * 1024 * 1024),
  'too-large': () => padded(65 * 1024 * 1024),
  'no-link': () => withLinks(() => []),
  'no-next': () => withLinks((proper) => proper.slice(0, 1)),
  'next-is-self': () =>
    withLinks(([self = '']) => [self, self.replace('rel="self"', 'rel="next"')]),
  'next-elsewhere': () => withLinks(([self = '']) => [self, `<${ELSEWHERE}>; rel="next"`]),
  'next-broken': () => withLinks(([self = '']) => [self, `<${'<,;"'.repeat(2000)}`]),
  redirect: (org) => () => ({ ...org.error(302, 'E0', ''), headers: { location: ELSEWHERE } }),
};

/**
 * One event of a page is damaged. The rest of the page is valid, and the original event is never read.
 */
const DAMAGED_EVENTS: typeof FAULTS = {
  'control-character': () => damagedEvent(0x07),
  'bad-byte': () => damagedEvent(0xe9),
};

/** Applies a fault to the next `times` requests for the log. */
export function addFault(org: OktaOrg, name: string, times: number): boolean {
  const fault = FAULTS[name] ?? DAMAGED_EVENTS[name];
  if (!fault) return false;
  const matches = ({ url }: { url: string }) => url.startsWith('/api/v1/logs');
  org.faults.push({ times, matches, answer: fault(org) });
  return true;
}
