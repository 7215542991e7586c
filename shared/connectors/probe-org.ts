/** Looks at an org before anything is stored: is it one, and may this token read its log? */
import type { Deps } from '../deps.ts';
import type { OktaDomain } from '../okta/domain.ts';
import { readLogsPage } from '../okta/logs.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { findOrganization } from '../okta/organization.ts';
import { askAgainIn } from '../okta/problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { Token } from '../token.ts';

/** All calls to Okta together; the contract promises an answer within 20 s. */
const OKTA_DEADLINE_MS = 15_000;
/**
 * The probe asks for the last minutes, one event: what polling will do, at the least cost
 * (docs/okta.md, "Probe").
 */
const PROBE_SPAN_MS = 5 * 60_000;

export interface ProbedOrg {
  orgId: string;
  orgUrl: string;
  /** The hosts that may have the token. */
  hosts: string[];
  /** Okta's own time: that of the connection. */
  nowMs: number;
}

/** Finds the org without the token, then reads one event with it. */
export async function probeOrg(
  deps: Pick<Deps, 'transport' | 'chance' | 'config'>,
  domain: OktaDomain,
  token: Token,
  deadlineMs = OKTA_DEADLINE_MS,
): Promise<Result<ProbedOrg>> {
  const signal = AbortSignal.timeout(deadlineMs);
  const found = await findOrganization(deps, domain, deps.config, signal);
  if (!found.ok) return found;
  const page = await readLogsPage(deps, {
    url: pollingUrl(domain.origin, { sinceMs: found.value.dateMs - PROBE_SPAN_MS, limit: 1 }),
    token,
    hosts: new Set(found.value.hosts),
    timeoutMs: deadlineMs,
    signal,
  });
  if (page.kind === 'throttled') return refused(askAgainIn(page.problem, page.waitMs));
  if (page.kind === 'failed') return refused(page.problem);
  const { orgId, orgUrl, hosts } = found.value;
  return succeeded({ orgId, orgUrl, hosts, nowMs: page.dateMs });
}
