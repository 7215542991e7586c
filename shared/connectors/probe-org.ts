/** Probes an org before anything is stored: the org exists, and the token can read its log. */
import type { Deps } from '../deps.ts';
import type { OktaDomain } from '../okta/domain.ts';
import { readLogsPage } from '../okta/logs.ts';
import { pollingUrl } from '../okta/logs-url.ts';
import { findOrganization } from '../okta/organization.ts';
import { askAgainIn } from '../okta/problems.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { HealthCheck } from '../storage/status-facts.ts';
import type { Token } from '../token.ts';
import { BELOW_FLOOR, type LimitDeps, probeLimit } from './probe-limit.ts';

/** Limit for all calls to Okta together; the contract promises a reply within 20 s. */
const OKTA_DEADLINE_MS = 15_000;
/**
 * The probe requests one event of the last minutes: the same query as polling, at the lowest cost
 * (docs/okta.md, "Probe").
 */
const PROBE_SPAN_MS = 5 * 60_000;

const PROVED = ['auth', 'logsRead'] as const;

export interface ProbedOrg {
  orgId: string;
  orgUrl: string;
  /** The hosts that the token may be sent to. */
  hosts: string[];
  /** Okta's time of the connection. */
  nowMs: number;
  /** What the probe has proved, for the status page: one request proves both. */
  checks: HealthCheck[];
}

type ProbeDeps = Pick<Deps, 'transport' | 'chance' | 'config' | 'clock'> & LimitDeps;

/** Finds the org without the token, then reads one event with the token. */
export async function probeOrg(
  deps: ProbeDeps,
  domain: OktaDomain,
  token: Token,
  deadlineMs = OKTA_DEADLINE_MS,
): Promise<Result<ProbedOrg>> {
  const signal = AbortSignal.timeout(deadlineMs);
  const found = await findOrganization(deps, domain, deps.config, signal);
  if (!found.ok) return found;
  const limit = await probeLimit(deps, found.value.orgId);
  if (limit.waitMs > 0) return refused(askAgainIn(BELOW_FLOOR, limit.waitMs));
  const startedAtMs = deps.clock.nowMs();
  const page = await readLogsPage(deps, {
    url: pollingUrl(domain.origin, { sinceMs: found.value.dateMs - PROBE_SPAN_MS, limit: 1 }),
    token,
    hosts: new Set(found.value.hosts),
    timeoutMs: deadlineMs,
    signal,
  });
  if (page.rate) await limit.saw(page.rate, page.kind === 'throttled' ? 'refused' : undefined);
  if (page.kind === 'throttled') return refused(askAgainIn(page.problem, page.waitMs));
  if (page.kind === 'failed') return refused(page.problem);
  const durationMs = deps.clock.nowMs() - startedAtMs;
  const checks = PROVED.map((name) => ({ name, ok: true, durationMs }));
  const { orgId, orgUrl, hosts } = found.value;
  return succeeded({ orgId, orgUrl, hosts, nowMs: page.dateMs, checks });
}
