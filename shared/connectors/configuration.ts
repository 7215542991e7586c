/** The configuration of a connector: the caller's part, and what the org said of itself (pure). */
import type { OktaDomain } from '../okta/domain.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ProbedOrg } from './probe-org.ts';
import type { RegistrationBody, UpdateBody } from './resource.ts';

export type Configuration = Pick<
  Connector,
  'displayName' | 'domain' | 'origin' | 'orgUrl' | 'hosts' | 'backfillDays' | 'pollIntervalSeconds'
>;

/** What is given, over what is there. */
export const patched = (now: Connector, body: UpdateBody) => ({
  displayName: 'displayName' in body ? body.displayName : now.displayName,
  domain: body.domain ?? now.domain,
  backfillDays: body.backfillDays ?? now.backfillDays,
  pollIntervalSeconds: body.pollIntervalSeconds ?? now.pollIntervalSeconds,
});

/** The caller's part of the configuration. */
export const callersPart = (
  id: string,
  { displayName, backfillDays, pollIntervalSeconds }: Omit<RegistrationBody, 'credential'>,
) => ({ displayName: displayName ?? id, backfillDays, pollIntervalSeconds });

/** The org's part of it. */
export const orgsPart = ({ host, origin }: OktaDomain, { orgUrl, hosts }: ProbedOrg) => ({
  domain: host,
  origin,
  orgUrl,
  hosts,
});

/** In one order, so that two can be compared. */
export const configurationOf = (of: Configuration): Configuration => ({
  displayName: of.displayName,
  domain: of.domain,
  origin: of.origin,
  orgUrl: of.orgUrl,
  hosts: of.hosts,
  backfillDays: of.backfillDays,
  pollIntervalSeconds: of.pollIntervalSeconds,
});
