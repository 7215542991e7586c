/**
 * The outbound proxy: one rule for Okta, storage, vault and identity (docs/settings.md, "Proxy"). The
 * clients of Azure's SDK read the same variables themselves.
 */

/** A proxy for https, and the hosts that bypass it. */
export interface HttpProxy {
  /** May contain a password: never shown. */
  url: string;
  /** Host names: each includes all of its subdomains. */
  bypass: readonly string[];
}

type Env = Record<string, string | undefined>;

/** In the precedence of the clients of Azure's SDK; lower-case names are read as well. */
const PROXY_NAMES = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'];
const EVERY_HOST = '*';
/** A proxy can reach neither this computer nor the platform's identity endpoint. */
const LOCAL = ['localhost', '127.0.0.1', '::1', '169.254.169.254'];

/** The proxy, if one is set; or the name of the variable whose value is not the URL of a proxy. */
export function readProxy(env: Env): { refused: string } | { proxy: HttpProxy | undefined } {
  const name = PROXY_NAMES.flatMap((one) => [one, one.toLowerCase()]).find((one) => env[one]);
  if (name === undefined) return { proxy: undefined };
  const url = URL.parse(env[name] ?? '');
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname) return { refused: name };
  const listed = (env.NO_PROXY || env.no_proxy || '').split(/[\s,]+/).filter((one) => one !== '');
  if (listed.includes(EVERY_HOST)) return { proxy: undefined };
  return { proxy: { url: url.href, bypass: [...new Set([...listed.map(nameOf), ...LOCAL])] } };
}

/** Reads `*.contoso.com`, `.contoso.com`, `contoso.com:443` and `[::1]` as host names. */
const nameOf = (listed: string): string =>
  listed
    .toLowerCase()
    .replace(/^\*?\./, '')
    .replace(/^([^:]+):\d+$/, '$1')
    .replace(/^\[(.+)\](?::\d+)?$/, '$1');

/** Whether requests to this host use the proxy. */
export const isProxied = (proxy: HttpProxy, hostname: string): boolean => {
  const host = nameOf(hostname);
  return !proxy.bypass.some((name) => host === name || host.endsWith(`.${name}`));
};

/** The variables that make the clients of Azure's SDK follow the same rule. */
export const sdkEnvironment = (proxy: HttpProxy | undefined): Env =>
  proxy
    ? {
        HTTPS_PROXY: proxy.url,
        NO_PROXY: proxy.bypass.flatMap((name) => [name, `.${name}`]).join(),
      }
    : Object.fromEntries(
        PROXY_NAMES.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, undefined]),
      );
