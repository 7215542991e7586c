/** Looks at an org before anything is stored: is it one, and may this token read its log? */
import type { Problem } from '../errors.ts';
import type { IngestParts } from '../ingest/run.ts';
import type { OktaDomain } from '../okta/domain.ts';
import { readLogsPage } from '../okta/logs.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { findOrganization } from '../okta/organization.ts';
import { askAgainIn } from '../okta/problems.ts';
import type { Token } from '../token.ts';

/** All calls to Okta together; the contract promises an answer within 20 s. */
const OKTA_DEADLINE_MS = 15_000;
/** The probe asks for the last minutes, one event: what polling will do, at the least cost (T24). */
const PROBE_SPAN_MS = 5 * 60_000;

export interface ProbedOrg {
  orgId: string;
  orgUrl: string;
  /** The hosts that may have the token. */
  hosts: string[];
  /** Okta's own time: T0 of the connection. */
  nowMs: number;
}

/** Finds the org without the token, then reads one event with it. */
export async function probeOrg(
  parts: Pick<IngestParts, 'transport' | 'config'>,
  domain: OktaDomain,
  token: Token,
  deadlineMs = OKTA_DEADLINE_MS,
): Promise<ProbedOrg | { problem: Problem }> {
  const signal = AbortSignal.timeout(deadlineMs);
  const found = await findOrganization(parts.transport, domain, parts.config, signal);
  if (!found.ok) return { problem: found.problem };
  const page = await readLogsPage(parts.transport, {
    url: pollingUrl(domain.origin, { sinceMs: found.dateMs - PROBE_SPAN_MS, limit: 1 }),
    token,
    hosts: new Set(found.hosts),
    timeoutMs: deadlineMs,
    signal,
  });
  if (page.kind === 'throttled') return { problem: askAgainIn(page.problem, page.waitMs) };
  if (page.kind === 'failed') return { problem: page.problem };
  return { orgId: found.orgId, orgUrl: found.orgUrl, hosts: found.hosts, nowMs: page.dateMs };
}
