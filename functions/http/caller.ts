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
  { authMode }: Config,
  role: Role,
): Admission {
  if (authMode === 'keys') return { caller: 'functionKey' };
  if (authMode === 'none') return { caller: 'anonymous' };
  const user = signedInUser(request);
  if (!user) return { caller: 'unknown', problem: NOBODY };
  const { name: caller, rank } = user;
  return rank < ROLES.indexOf(role) ? { caller, problem: missing(role) } : { caller };
}

/** Where App Service Authentication signs a user in with Microsoft Entra ID. */
export const SIGN_IN_PATH = '/.auth/login/aad';

/** The user with all roles that the user's role includes; null when nobody is known. */
export function userOf(
  request: Pick<Incoming, 'headers'>,
  { authMode }: Pick<Config, 'authMode'>,
): { name: string; roles: string[] } | null {
  if (authMode === 'keys') return null;
  if (authMode === 'none') return { name: 'anonymous', roles: APP_ROLES };
  const user = signedInUser(request);
  return user ? { name: user.name, roles: APP_ROLES.slice(0, user.rank + 1) } : null;
}

/** The rank is the position of the highest role, or -1. */
function signedInUser({
  headers,
}: Pick<Incoming, 'headers'>): { name: string; rank: number } | undefined {
  const principal = principalOf(headers.get('x-ms-client-principal') ?? '');
  if (!principal) return undefined;
  const { claims, role_typ = 'roles', name_typ = 'name' } = principal;
  const name = claims.find(({ typ }) => typ === name_typ)?.val ?? 'unnamed';
  const held = claims.filter(({ typ }) => typ === role_typ || typ === 'roles');
  return { name, rank: Math.max(...held.map(({ val }) => APP_ROLES.indexOf(val)), -1) };
}

const NOBODY: Problem = {
  code: 'Unauthorized',
  message: 'The caller is not signed in.',
  remedy: 'Sign in with Microsoft Entra ID.',
};

const missing = (role: Role): Problem => ({
  code: 'Forbidden',
  message: `This needs the role Connector.${role}.`,
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
