/**
 * The settings: the only reader of the environment. A bad value stops the app before a function is
 * registered; the error names the setting and the allowed values (docs/settings.md).
 */
import * as z from 'zod';
import { ConfigError, settingFault } from './config-error.ts';
import { type HttpProxy, readProxy, sdkEnvironment } from './proxy.ts';
import { integer, isSchedule, isWebhookSecret, list, origin, tenants } from './setting-formats.ts';
import { type StorageConnection, storageConnection } from './storage-connection.ts';

export const AUTH_MODES = ['keys', 'entra', 'none'] as const;

const schema = z.object({
  CONNECTOR_STORAGE: z
    .string()
    .regex(/^\w{1,100}$/, 'the name of a connection setting, such as AzureWebJobsStorage')
    .default('AzureWebJobsStorage'),
  KEY_VAULT_URL: z
    .string({ error: 'the URL of the Key Vault, such as https://contoso.vault.azure.net' })
    .refine((text) => {
      const url = URL.parse(text);
      return url?.protocol === 'https:' && url.pathname === '/' && !url.username && !url.search;
    }, 'an https URL without a path, such as https://contoso.vault.azure.net'),
  POLL_SCHEDULE: z
    .string()
    .refine(isSchedule, 'six fields, seconds first, such as 0 * * * * *')
    .default('0 * * * * *'),
  AUTH_MODE: z.enum(AUTH_MODES, { error: 'keys, entra or none' }).default('keys'),
  ENTRA_TENANT_ID: tenants,
  WEBSITE_AUTH_AAD_ALLOWED_TENANTS: tenants,
  PUBLIC_ORIGIN: origin('an origin, such as https://connector.contoso.com').optional(),
  OKTA_ALLOWED_DOMAINS: list.pipe(
    z.array(
      z
        .string()
        .toLowerCase()
        .regex(
          /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
          'exact host names, separated by commas, such as login.contoso.com',
        ),
    ),
  ),
  OKTA_TEST_ORIGINS: list.pipe(
    z.array(origin('origins, separated by commas, such as http://127.0.0.1:9443')),
  ),
  WEBHOOK_SECRETS: list.pipe(
    z.array(
      z
        .string()
        .refine(isWebhookSecret, 'whsec_ and base64 of at least 24 bytes, separated by commas'),
    ),
  ),
  WEBHOOK_ALLOWED_ORIGINS: list
    .transform((origins) => (origins.length > 0 ? origins : ['eventgrid.azure.net']))
    .pipe(
      z.array(
        z
          .string()
          .toLowerCase()
          .regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, 'host names, such as eventgrid.azure.net'),
      ),
    ),
  RATE_LIMIT_RESERVE_PERCENT: integer(0, 90, 10),
  BACKFILL_PARALLEL_SLICES: integer(1, 16, 4),
  EVENT_RETENTION_DAYS: integer(91, 3650, 180),
  AUDIT_RETENTION_DAYS: integer(90, 3650, 365),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .refine(
      (text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''),
      'the URL of an OTLP/HTTP collector, such as https://collector.contoso.com:4318',
    )
    .optional(),
  WEBSITE_HOSTNAME: z.string().default('localhost'),
  WEBSITE_AUTH_ENABLED: z.string().default(''),
  AZURE_CLIENT_ID: z.string().optional(),
  AZURE_FUNCTIONS_ENVIRONMENT: z.string().default('Production'),
});

/** The product's settings, and the platform's settings that the product reads. */
export const SETTING_NAMES = Object.keys(schema.shape);

export interface Config {
  /** Name of the connection setting from which `storage` was read. */
  storageSetting: string;
  storage: StorageConnection;
  /**
   * Client id of the user-assigned identity for storage and vault. Undefined for the system-assigned
   * identity.
   */
  identityClientId: string | undefined;
  /** The schedule of the poll timer: six fields, seconds first. */
  pollSchedule: string;
  keyVaultUrl: string;
  authMode: (typeof AUTH_MODES)[number];
  /**
   * The tenants whose callers are accepted. Undefined: all tenants that App Service Authentication
   * accepts.
   */
  entraTenantIds: readonly string[] | undefined;
  /** Origin of the links in replies. */
  publicOrigin: string;
  oktaAllowedDomains: readonly string[];
  /** Origins that are used as written, also over http. Development only. */
  oktaTestOrigins: readonly string[];
  /** Accepted signing secrets of a portal's webhooks. Without a secret every webhook is refused. */
  webhookSecrets: readonly string[];
  /** Origins that pass the handshake of the CloudEvents route. */
  webhookAllowedOrigins: readonly string[];
  rateLimitReservePercent: number;
  backfillParallelSlices: number;
  eventRetentionDays: number;
  auditRetentionDays: number;
  /** Whether a metrics collector is configured. OpenTelemetry's exporter reads its address. */
  sendsMetrics: boolean;
  /** The outbound proxy, if one is configured. */
  proxy: HttpProxy | undefined;
  /** Runs on a developer's computer, outside of Azure. */
  isDevelopment: boolean;
}

export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  // An app setting that is present but empty counts as unset, as it does for the Functions host.
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  refuseUnresolved(present);
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) =>
      settingFault(String(path[0]), message),
    );
    const names = new Set(faults.flatMap((fault) => fault.settings));
    throw new ConfigError([...names], [...new Set(faults.map(({ message }) => message))].join(' '));
  }
  const settings = parsed.data;
  const isDevelopment = settings.AZURE_FUNCTIONS_ENVIRONMENT === 'Development';
  refuseUnlessDevelopment(settings, isDevelopment);
  if (settings.AUTH_MODE === 'entra' && settings.WEBSITE_AUTH_ENABLED.toLowerCase() !== 'true') {
    throw new ConfigError(
      ['AUTH_MODE'],
      'Setting AUTH_MODE: entra needs App Service Authentication in front (WEBSITE_AUTH_ENABLED is not true). Switch it on, or use keys.',
    );
  }
  const way = readProxy(env);
  if ('refused' in way)
    throw settingFault(
      way.refused,
      'the URL of an http or https proxy, such as http://proxy.contoso.com:3128',
    );
  return {
    storageSetting: settings.CONNECTOR_STORAGE,
    storage: storageConnection(settings.CONNECTOR_STORAGE, present, {
      isDevelopment,
      keyVaultUrl: settings.KEY_VAULT_URL,
    }),
    identityClientId:
      present[`${settings.CONNECTOR_STORAGE}__clientId`] ?? settings.AZURE_CLIENT_ID,
    pollSchedule: settings.POLL_SCHEDULE,
    entraTenantIds: [settings.ENTRA_TENANT_ID, settings.WEBSITE_AUTH_AAD_ALLOWED_TENANTS].find(
      (tenantIds) => tenantIds.length > 0,
    ),
    keyVaultUrl: settings.KEY_VAULT_URL,
    authMode: settings.AUTH_MODE,
    publicOrigin: settings.PUBLIC_ORIGIN ?? originOf(settings.WEBSITE_HOSTNAME),
    oktaAllowedDomains: settings.OKTA_ALLOWED_DOMAINS,
    oktaTestOrigins: settings.OKTA_TEST_ORIGINS,
    webhookSecrets: settings.WEBHOOK_SECRETS,
    webhookAllowedOrigins: settings.WEBHOOK_ALLOWED_ORIGINS,
    rateLimitReservePercent: settings.RATE_LIMIT_RESERVE_PERCENT,
    backfillParallelSlices: settings.BACKFILL_PARALLEL_SLICES,
    eventRetentionDays: settings.EVENT_RETENTION_DAYS,
    auditRetentionDays: settings.AUDIT_RETENTION_DAYS,
    sendsMetrics: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    proxy: way.proxy,
    isDevelopment,
  };
}

/**
 * The value that App Service passes when it cannot resolve a reference (docs/azure.md, "Key Vault
 * references").
 */
function refuseUnresolved(env: Record<string, string | undefined>): void {
  const connection = env.CONNECTOR_STORAGE ?? 'AzureWebJobsStorage';
  for (const [name, value] of Object.entries(env)) {
    const isOurs = SETTING_NAMES.includes(name) || name.split('__')[0] === connection;
    if (isOurs && value?.trimStart().startsWith('@Microsoft.KeyVault('))
      throw settingFault(
        name,
        'a value, and the Key Vault reference was not resolved: check the secret, and that the identity of the app may read it',
      );
  }
}

function refuseUnlessDevelopment(
  settings: { AUTH_MODE: string; OKTA_TEST_ORIGINS: string[] },
  isDevelopment: boolean,
): void {
  if (isDevelopment) return;
  const where = 'only where AZURE_FUNCTIONS_ENVIRONMENT is Development';
  if (settings.AUTH_MODE === 'none')
    throw new ConfigError(
      ['AUTH_MODE'],
      `Setting AUTH_MODE: none is allowed ${where}. Use keys or entra.`,
    );
  if (settings.OKTA_TEST_ORIGINS.length > 0)
    throw new ConfigError(
      ['OKTA_TEST_ORIGINS'],
      `Setting OKTA_TEST_ORIGINS: allowed ${where}. Remove it.`,
    );
}

function originOf(hostname: string): string {
  const local = /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(hostname);
  return `${local ? 'http' : 'https'}://${hostname}`;
}

/** The clients of Azure's SDK read the environment when they are created, and accept no such option. */
export function letSdkFollow(proxy: HttpProxy | undefined): void {
  for (const [name, value] of Object.entries(sdkEnvironment(proxy)))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
}
