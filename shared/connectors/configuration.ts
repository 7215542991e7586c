/**
 * The configuration of a connector: the caller's part, and the part derived from the org (pure).
 */
import type { OktaDomain } from '../okta/domain.ts';
import { CONFIG_FIELD_NAMES, type ConfigField, pick } from '../storage/config-fields.ts';
import type { Connector } from '../storage/connectors.ts';
import type { ProbedOrg } from './probe-org.ts';
import type { RegistrationBody, UpdateBody } from './resource.ts';

type OrgsPart = Pick<Connector, 'domain' | 'origin' | 'orgUrl' | 'hosts'>;
export type CallersPart = Pick<Connector, Exclude<ConfigField, keyof OrgsPart>>;
export type Configuration = CallersPart & OrgsPart;

/** The caller's part, without the token, which goes to the vault. */
type Fields = Omit<RegistrationBody, 'credential'>;

const ORG_FIELDS = ['domain', 'origin', 'orgUrl', 'hosts'] as const;
const CALLER_FIELDS = CONFIG_FIELD_NAMES.filter((name) => name !== 'domain');

/** Merges given fields over present ones. */
export const patched = (connector: Connector, body: Omit<UpdateBody, 'credential'>): Fields =>
  ({
    ...pick(connector, CONFIG_FIELD_NAMES),
    ...pick(body, CONFIG_FIELD_NAMES),
  }) as Fields;

export const callersPart = (id: string, fields: Omit<Fields, 'domain'>): CallersPart => ({
  ...pick(fields, CALLER_FIELDS),
  displayName: fields.displayName ?? id,
});

export const orgsPart = ({ host, origin }: OktaDomain, { orgUrl, hosts }: ProbedOrg): OrgsPart => ({
  domain: host,
  origin,
  orgUrl,
  hosts,
});

/** In a fixed order, so that configurations can be compared. */
export const configurationOf = (of: Configuration): Configuration => ({
  ...pick(of, CALLER_FIELDS),
  ...pick(of, ORG_FIELDS),
});
