/** Queries of the log that Okta cannot answer, even when they are repeated. */
import type { OktaOrg, OrgRequest } from '../../dev/demo-org/org.ts';
import type { TimeRange } from '../../shared/time-ranges.ts';

/** The range of a bounded query. */
export function boundedRange({ url }: Pick<OrgRequest, 'url'>): TimeRange | undefined {
  const query = new URL(url, 'https://contoso.okta.com').searchParams;
  const until = query.get('until');
  if (until === null) return undefined;
  return { fromMs: Date.parse(query.get('since') ?? ''), toMs: Date.parse(until) };
}

/** Answers such queries with 500, until the returned function is called. */
export function failing(org: OktaOrg, matches: (request: OrgRequest) => boolean): () => void {
  const fault = {
    matches: (request: OrgRequest) => request.url.startsWith('/api/v1/logs') && matches(request),
    times: Number.POSITIVE_INFINITY,
    answer: () => org.error(500, 'E0000009', 'Internal Server Error'),
  };
  org.faults.push(fault);
  return () => {
    fault.times = 0;
  };
}

/** Makes bounded queries that touch this time range fail. */
export const failingOver = (org: OktaOrg, { fromMs, toMs }: TimeRange) =>
  failing(org, (request) => {
    const range = boundedRange(request);
    return range !== undefined && range.fromMs < toMs && range.toMs > fromMs;
  });

/** Makes bounded queries wider than this fail. */
export const failingBeyond = (org: OktaOrg, ms: number) =>
  failing(org, (request) => {
    const range = boundedRange(request);
    return range !== undefined && range.toMs - range.fromMs > ms;
  });
