/**
 * Identifies and authorises the caller (docs/contract.md, "Who may call"). With keys the Functions
 * host has authorised the call already; with Entra each function requires its role in the principal
 * that App Service Authentication provides.
 */
import * as z from 'zod';
import type { Config } from '../../shared/config.ts';
import type { Problem } from '../../shared/errors.ts';
import type { Incoming } from './incoming.ts';

/** Each role includes the roles before it. App roles are called `Connector.Reader` and so on. */
const ROLES = ['Reader', 'Operator', 'Admin'] as const;
export type Role = (typeof ROLES)[number];
const APP_ROLES = ROLES.map((role) => `Connector.${role}`);

const principalSchema = z.object({
  auth_typ: z.literal('aad'),
  name_typ: z.string().optional(),
  role_typ: z.string().optional(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/** The caller's name for the record, and the problem of a caller that is not authorised. */
export interface Admission {
  caller: string;
  problem?: Problem;
}

export function admit(
  request: Pick<Incoming, 'headers'>,
  config: Pick<Config, 'authMode' | 'entraTenantIds'>,
  role: Role,
): Admission {
  if (config.authMode === 'keys') return { caller: 'functionKey' };
  if (config.authMode === 'none') return { caller: 'anonymous' };
  const user = signedInUser(request, config);
  if (!user) return { caller: 'unknown', problem: NOBODY };
  const { caller, rank } = user;
  if (user.isForeign) return { caller, problem: FOREIGN };
  return rank < ROLES.indexOf(role) ? { caller, problem: missing(role) } : { caller };
}

/** Where App Service Authentication signs a user in with Microsoft Entra ID. */
export const SIGN_IN_PATH = '/.auth/login/aad';

/** The user with all roles that the user's role includes; null without an authenticated user. */
export function userOf(
  request: Pick<Incoming, 'headers'>,
  config: Pick<Config, 'authMode' | 'entraTenantIds'>,
): { name: string; roles: string[] } | null {
  if (config.authMode === 'keys') return null;
  if (config.authMode === 'none') return { name: 'anonymous', roles: APP_ROLES };
  const user = signedInUser(request, config);
  return user && { name: user.name, roles: APP_ROLES.slice(0, user.isForeign ? 0 : user.rank + 1) };
}

interface SignedInUser {
  /** For people to read; users choose parts of it. */
  name: string;
  /** For the audit: the id of the user or service principal first, because callers cannot choose it. */
  caller: string;
  /** The position of the highest role, or -1. */
  rank: number;
  /** The caller belongs to a tenant that is not accepted. */
  isForeign: boolean;
}

function signedInUser(
  { headers }: Pick<Incoming, 'headers'>,
  { entraTenantIds }: Pick<Config, 'entraTenantIds'>,
): SignedInUser | null {
  const principal = principalOf(headers.get('x-ms-client-principal') ?? '');
  if (!principal) return null;
  const { claims, role_typ = 'roles', name_typ = 'name' } = principal;
  const claimOf = (types: readonly string[]): string | undefined =>
    types
      .map((type) => claims.find(({ typ, val }) => typ === type && val !== '')?.val)
      .find((value) => value !== undefined);
  const id = claimOf(OBJECT_ID) ?? (headers.get('x-ms-client-principal-id') || undefined);
  const appId = claimOf(['appid', 'azp']);
  const readable = claimOf([...USER_NAME, name_typ]) ?? (appId && `app ${appId}`);
  const name = shown(readable ?? id ?? 'unnamed');
  const held = claims.filter(({ typ }) => typ === role_typ || typ === 'roles');
  const tenantId = claimOf(TENANT_ID)?.toLowerCase();
  return {
    name,
    caller: id && readable ? `${shown(id)} (${name})` : name,
    rank: Math.max(...held.map(({ val }) => APP_ROLES.indexOf(val)), -1),
    isForeign: !!entraTenantIds && !entraTenantIds.includes(tenantId ?? ''),
  };
}

// Both the claims of the token and the names that App Service Authentication maps them to:
// https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
const OBJECT_ID = ['http://schemas.microsoft.com/identity/claims/objectidentifier', 'oid'];
const TENANT_ID = ['http://schemas.microsoft.com/identity/claims/tenantid', 'tid'];
const USER_NAME = [
  'preferred_username',
  'upn',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
];

/** Limits a name to one line and a reasonable length. */
const shown = (text: string): string => text.replace(/\p{C}/gu, ' ').slice(0, 200);

const NOBODY: Problem = {
  code: 'Unauthorized',
  message: 'The caller is not signed in.',
  remedy: 'Sign in with Microsoft Entra ID.',
};

const FOREIGN: Problem = {
  code: 'Forbidden',
  message: 'The caller belongs to another tenant.',
  remedy: 'Sign in with an account of a tenant that the setting ENTRA_TENANT_ID names.',
};

const missing = (role: Role): Problem => ({
  code: 'Forbidden',
  message: `This request needs the role Connector.${role}.`,
  remedy: `Ask an administrator to assign Connector.${role} to you in the enterprise application.`,
});

function principalOf(header: string): z.output<typeof principalSchema> | undefined {
  try {
    const text = Buffer.from(header, 'base64').toString('utf8');
    return principalSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
