/** `POST …/test`: tests each step between this app and the org's log, and reports failures. */
import type { Deps } from '../deps.ts';
import type { CheckName } from '../enumerations.ts';
import { type ErrorCode, type Problem, ProblemError } from '../errors.ts';
import { type OktaDomain, parseOktaDomain } from '../okta/domain.ts';
import { problemOfUnreachable } from '../okta/problems.ts';
import type { UnreachableReason } from '../okta/transport.ts';
import { NO_TOKEN, ORG_MISMATCH } from '../problems.ts';
import type { Connector } from '../storage/connectors.ts';
import type { HealthCheck } from '../storage/status-facts.ts';
import type { Token } from '../token.ts';
import { tokenOf } from './credential.ts';
import { probeOrg } from './probe-org.ts';
import { resumePolling } from './resume-polling.ts';

/** Name and connection are tested first, in at most 8 s: the whole test stays below 20 s. */
const OKTA_DEADLINE_MS = 10_000;

/** The problem, if the check fails. */
type Check = () => Promise<Problem | undefined>;

const UNPROVED: ReadonlySet<ErrorCode> = new Set(['OktaTokenInvalid', 'OktaThrottled']);

export interface TestResult {
  ok: boolean;
  checks: HealthCheck[];
}

/** The status page shows the result; after a success polling resumes at once. */
export async function testConnector(deps: Deps, connector: Connector): Promise<TestResult> {
  const checks = await runChecks(deps, connector);
  const ok = checks.every((check) => check.ok);
  if (ok && connector.state === 'active') {
    await resumePolling(deps, connector, checks);
  } else {
    const atMs = deps.storageClock.nowMs();
    await deps.status.merge(connector, { healthCheck: { atMs, ok, checks } });
  }
  return { ok, checks };
}

async function runChecks(deps: Deps, connector: Connector): Promise<HealthCheck[]> {
  const { clock, reach, sink, vault } = deps;
  const checks: HealthCheck[] = [];
  const run = async (name: CheckName, check: Check): Promise<boolean> => {
    const startedAtMs = clock.nowMs();
    const problem = await check().catch(problemOf);
    const durationMs = clock.nowMs() - startedAtMs;
    checks.push({ name, ok: !problem, durationMs, ...(problem ? { error: shown(problem) } : {}) });
    return !problem;
  };
  const skip = (name: CheckName, because: CheckName) => run(name, async () => notTried(because));

  let token: Token | undefined;
  await run('vault', async () => {
    // Without the cache: a cached token would prove nothing about the vault.
    await vault.latestVersion(connector.secretName);
    token = await tokenOf(deps, connector);
    return token ? undefined : NO_TOKEN;
  });
  const domain = parseOktaDomain(connector.domain, deps.config);
  if (domain.ok && reach.isProxied(domain.value.origin))
    await run('proxy', async () => problemOr(await reach.tunnel(domain.value.origin)));
  const resolved = await run('dns', async () =>
    domain.ok ? problemOr(await reach.resolve(domain.value.origin)) : domain.problem,
  );
  const connected =
    domain.ok && resolved
      ? await run('tls', async () => problemOr(await reach.connect(domain.value.origin)))
      : await skip('tls', 'dns');
  if (domain.ok && connected && token) {
    let said: Problem | undefined;
    const accepted = await run('auth', async () => {
      said = await askOkta(deps, connector, domain.value, token as Token);
      // A request that was refused because of a rate limit proves nothing about the token.
      return said && UNPROVED.has(said.code) ? said : undefined;
    });
    if (accepted) await run('logsRead', async () => said);
    else await skip('logsRead', 'auth');
  } else {
    const because = connected ? 'vault' : 'tls';
    await skip('auth', because);
    await skip('logsRead', because);
  }
  await run('sinkWrite', async () => void (await sink.check(connector.id, connector.generation)));
  return checks;
}

/** Checks that the org is still the same, and that the token can read its log. */
async function askOkta(
  deps: Deps,
  connector: Connector,
  domain: OktaDomain,
  token: Token,
): Promise<Problem | undefined> {
  const org = await probeOrg(deps, domain, token, OKTA_DEADLINE_MS);
  if (!org.ok) return org.problem;
  return org.value.orgId === connector.orgId ? undefined : ORG_MISMATCH;
}

const problemOr = (reason: UnreachableReason | undefined): Problem | undefined =>
  reason && problemOfUnreachable(reason);

/** The problem of an adapter, such as an unavailable vault. */
function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  throw error;
}

const notTried = (because: CheckName): Problem => ({
  code: 'OktaUnreachable',
  message: `Skipped, because the check ${because} failed.`,
  remedy: `Follow the remedy of the check ${because} first.`,
});

const shown = ({ code, message, remedy = '' }: Problem) => ({ code, message, remedy });
