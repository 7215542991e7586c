import { describe, expect, it } from 'vitest';
import { type HttpProxy, isProxied, readProxy, sdkEnvironment } from '../../shared/proxy.ts';

const URL_OF_PROXY = 'http://proxy.contoso.com:3128/';
const proxyOf = (env: Record<string, string>): HttpProxy | undefined => {
  const read = readProxy(env);
  if ('refused' in read) throw new Error(`${read.refused} was refused`);
  return read.proxy;
};

describe('the proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'HTTP_PROXY', 'http_proxy'])(
    'is set by %s',
    (name) => expect(proxyOf({ [name]: URL_OF_PROXY })?.url).toBe(URL_OF_PROXY),
  );

  it('for https takes precedence over a proxy for all protocols', () => {
    const env = {
      HTTP_PROXY: 'http://plain:1',
      ALL_PROXY: 'http://all:1',
      https_proxy: URL_OF_PROXY,
    };
    expect(proxyOf(env)?.url).toBe(URL_OF_PROXY);
  });

  it('is absent when it is not set, is empty, or is set for no host', () => {
    expect(proxyOf({})).toBeUndefined();
    expect(proxyOf({ HTTPS_PROXY: '' })).toBeUndefined();
    expect(proxyOf({ HTTPS_PROXY: URL_OF_PROXY, NO_PROXY: 'any.example, *' })).toBeUndefined();
  });

  it.each(['proxy.contoso.com:3128', 'socks5://proxy:1080', 'http://', 'proxy'])(
    '%s is not a proxy, and the error names its setting',
    (url) => expect(readProxy({ HTTPS_PROXY: url })).toEqual({ refused: 'HTTPS_PROXY' }),
  );
});

describe('a host', () => {
  const proxy = proxyOf({
    HTTPS_PROXY: URL_OF_PROXY,
    no_proxy:
      'vault.contoso.com, .blob.core.windows.net *.okta-emea.com,exact.example:443,[fd00::1]:80',
  }) as HttpProxy;

  it.each(['contoso.okta.com', 'notvault.contoso.com', 'exact.example.org'])(
    '%s is reached through the proxy',
    (host) => expect(isProxied(proxy, host)).toBe(true),
  );

  it.each([
    ...['vault.contoso.com', 'a.vault.contoso.com', 'VAULT.contoso.com', 'blob.core.windows.net'],
    ...['x.blob.core.windows.net', 'a.okta-emea.com', 'exact.example', '[fd00::1]'],
    ...['localhost', '127.0.0.1', '[::1]', '169.254.169.254'],
  ])('%s does not bypass the proxy', (host) => expect(isProxied(proxy, host)).toBe(false));

  it('is treated in the same way by the clients of the SDK', () => {
    const { HTTPS_PROXY, NO_PROXY = '' } = sdkEnvironment(proxy);
    expect(HTTPS_PROXY).toBe(URL_OF_PROXY);
    // The SDK treats a plain name as a host, and a name with a leading dot as a domain.
    const names = NO_PROXY.split(',');
    for (const name of proxy.bypass)
      expect(names).toEqual(expect.arrayContaining([name, `.${name}`]));
    expect(sdkEnvironment(undefined)).toHaveProperty('https_proxy', undefined);
  });
});
