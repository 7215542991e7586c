/** Who uses the page, and what the page may offer (docs/contract.md, "Who may call"). */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Me } from './types.ts';

export type Role = 'Reader' | 'Operator' | 'Admin';

export const Session = createContext<Me | undefined>(undefined);

/** Whether to offer what needs this role. What a function key opens shows when it is tried. */
export function mayAct(me: Me | undefined, role: Role): boolean {
  if (!me) return false;
  return me.authMode === 'keys' || (me.user?.roles.includes(`Connector.${role}`) ?? false);
}

export const useMay = (role: Role): boolean => mayAct(useContext(Session), role);

/** Signing in leads back to the present view. */
export const signInUrl = (me: Me | undefined): string =>
  `${me?.signInUrl ?? '/.auth/login/aad'}?post_login_redirect_uri=${encodeURIComponent(
    location.pathname + location.search,
  )}`;

export const SIGN_OUT_URL = '/.auth/logout?post_logout_redirect_uri=/portal';

/** The highest role, as the page names it. */
export const roleName = (me: Me): string =>
  (['Admin', 'Operator', 'Reader'] as const).find((role) => mayAct(me, role)) ?? 'no role';
