/**
 * The connection to the storage account: the settings, as the Functions host reads them (docs/azure.md,
 * "Connection settings"). A form that would fail later stops the app here.
 */
import { ConfigError, settingFault } from './config-error.ts';

/** A connection string, or service URLs without a trailing slash with the app's identity. */
export type StorageConnection =
  | { kind: 'connectionString'; connectionString: string }
  | { kind: 'identity'; tableUrl: string; queueUrl: string; blobUrl: string };

type Service = 'table' | 'queue' | 'blob';
type Env = Record<string, string | undefined>;

interface Surroundings {
  isDevelopment: boolean;
  keyVaultUrl: string;
}

/** `name` is the connection's; its settings are `<name>`, `<name>__accountName` and so on. */
export function storageConnection(name: string, env: Env, around: Surroundings): StorageConnection {
  const connectionString = env[name];
  // When both are set, the host uses the connection string. The app must do the same, so that triggers
  // and senders use the same account.
  if (connectionString)
    return { kind: 'connectionString', connectionString: checked(name, connectionString) };
  const account = accountName(name, env);
  const url = (service: Service): string => {
    const setting = `${name}__${service}ServiceUri`;
    const given = env[setting];
    if (given) return serviceUrl(setting, given, around.isDevelopment);
    if (account) return publicCloudUrl(name, account, service, around);
    throw new ConfigError(
      [anyUri(name, env) ? setting : name],
      `Setting ${name}: expected a storage connection string, or ${name}__accountName (or ${name}__tableServiceUri, ${name}__queueServiceUri and ${name}__blobServiceUri) for access by identity.`,
    );
  };
  return { kind: 'identity', tableUrl: url('table'), queueUrl: url('queue'), blobUrl: url('blob') };
}

/** Accepts a key or the local emulator. A SAS does not cover transactions, and it expires. */
function checked(name: string, connectionString: string): string {
  const fields = connectionString
    .split(';')
    .map((part) => part.split('=')[0]?.trim().toLowerCase());
  if (fields.includes('usedevelopmentstorage')) return connectionString;
  if (fields.includes('accountname') && fields.includes('accountkey')) return connectionString;
  throw settingFault(
    name,
    'a connection string with AccountName and AccountKey (a shared access signature does not do); or access by identity',
  );
}

function accountName(name: string, env: Env): string | undefined {
  const account = env[`${name}__accountName`];
  if (account === undefined || /^[a-z0-9]{3,24}$/.test(account)) return account;
  throw settingFault(`${name}__accountName`, 'the name of a storage account, without a domain');
}

const anyUri = (name: string, env: Env): boolean =>
  (['table', 'queue', 'blob'] as const).some((service) => env[`${name}__${service}ServiceUri`]);

/** The templates' `primaryEndpoints` end with a slash, which the SDK's clients do not accept. */
function serviceUrl(setting: string, text: string, isDevelopment: boolean): string {
  const url = URL.parse(text);
  const allowed =
    url &&
    (url.protocol === 'https:' || (isDevelopment && url.protocol === 'http:')) &&
    !url.username &&
    !url.search &&
    !url.hash &&
    (isDevelopment || url.pathname === '/');
  if (!allowed)
    throw settingFault(
      setting,
      'the https URL of the service, such as https://contoso.queue.core.windows.net',
    );
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Matches the host: an account name implies the public cloud. */
function publicCloudUrl(
  name: string,
  account: string,
  service: Service,
  { keyVaultUrl }: Surroundings,
): string {
  const vault = URL.parse(keyVaultUrl)?.hostname ?? '';
  if (/\.vault\.(usgovcloudapi\.net|azure\.cn)$/.test(vault))
    throw settingFault(
      `${name}__accountName`,
      `${name}__tableServiceUri, ${name}__queueServiceUri and ${name}__blobServiceUri instead, since the vault is not in the public cloud`,
    );
  return `https://${account}.${service}.core.windows.net`;
}
