/**
 * Who calls, and whether they may (api.md §7). With keys the Functions host has checked already; with
 * Entra each function asks for its role in the principal that App Service Authentication vouches for.
 */
import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import type { Config } from '../../shared/config.ts';
import { ProblemError } from '../../shared/errors.ts';

/** Each includes the ones before it. */
const ROLES = ['Connector.Reader', 'Connector.Operator', 'Connector.Admin'] as const;
export type Role = 'Reader' | 'Operator' | 'Admin';

const principalSchema = z.object({
  auth_typ: z.literal('aad'),
  name_typ: z.string().optional(),
  role_typ: z.string().optional(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/** The caller's name for the record. Throws `Unauthorized` or `Forbidden`. */
export function admit(request: HttpRequest, { authMode }: Config, role: Role): string {
  if (authMode === 'keys') return 'functionKey';
  if (authMode === 'none') return 'anonymous';
  const principal = principalOf(request.headers.get('x-ms-client-principal') ?? '');
  if (!principal) {
    throw new ProblemError({
      code: 'Unauthorized',
      message: 'Nobody is signed in.',
      remedy: 'Sign in with Microsoft Entra ID.',
    });
  }
  const { claims, role_typ = 'roles', name_typ = 'name' } = principal;
  const held = claims.filter(({ typ }) => typ === role_typ || typ === 'roles');
  const rank = Math.max(...held.map(({ val }) => ROLES.findIndex((one) => one === val)), -1);
  const wanted = `Connector.${role}` as const;
  if (rank < ROLES.indexOf(wanted)) {
    throw new ProblemError({
      code: 'Forbidden',
      message: `This needs the role ${wanted}.`,
      remedy: `Ask an administrator to assign ${wanted} to you in the enterprise application.`,
    });
  }
  return claims.find(({ typ }) => typ === name_typ)?.val ?? 'unnamed';
}

function principalOf(header: string): z.output<typeof principalSchema> | undefined {
  try {
    const text = Buffer.from(header, 'base64').toString('utf8');
    return principalSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
