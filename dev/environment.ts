/** The additions of the local stack to the user's environment; it removes no variable. */
import fs from 'node:fs';

type Env = Record<string, string | undefined>;

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];
const PROXY = /^(http|https|all)_proxy$/i;

/**
 * Adds the loopback addresses to `NO_PROXY` when a proxy is set: no proxy can reach the local
 * stack. Some clients read the lower-case name first, others the upper-case name: both are extended
 * if set.
 */
export function loopbackWithoutProxy(env: Env): Record<string, string> {
  if (!Object.entries(env).some(([name, value]) => PROXY.test(name) && value)) return {};
  const names = Object.keys(env).filter((name) => /^no_proxy$/i.test(name) && env[name]);
  return Object.fromEntries(
    (names.length > 0 ? names : ['NO_PROXY']).map((name) => {
      const hosts = (env[name] ?? '').split(',').map((host) => host.trim());
      const given = hosts.filter((host) => host !== '');
      if (given.includes('*')) return [name, env[name] ?? ''];
      return [name, [...new Set([...given, ...LOOPBACK])].join(',')];
    }),
  );
}

/**
 * One PEM file with the certificates that the user trusts (`NODE_EXTRA_CA_CERTS`) and the local
 * vault's; returns a line for the user when the user's file cannot be read.
 */
export function trustBoth(
  users: string | undefined,
  vaults: string,
  file: string,
): string | undefined {
  const own = fs.readFileSync(vaults, 'utf8');
  let given = '';
  let trouble: string | undefined;
  try {
    if (users) given = fs.readFileSync(users, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    trouble = `NODE_EXTRA_CA_CERTS: ${users} cannot be read (${code}); its certificates are not trusted`;
  }
  fs.writeFileSync(file, `${given}\n${own}`);
  return trouble;
}
