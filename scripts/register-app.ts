/**
 * `npm run register-app`: creates the registration in Entra ID that callers sign in to, with the user's
 * Azure CLI. It needs no secret, because the identity of the function app replaces it. It can be
 * repeated, and repairs changes.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** These ids must never change: Entra ID identifies roles by them. */
const APP_ROLES = [
  {
    id: '0b8a3c52-6a0e-4b7c-9a55-3f1d2c7e9a01',
    value: 'Connector.Reader',
    displayName: 'Reader',
    description: 'Sees connectors, their status and their events.',
  },
  {
    id: '0b8a3c52-6a0e-4b7c-9a55-3f1d2c7e9a02',
    value: 'Connector.Operator',
    displayName: 'Operator',
    description: 'Reader; also tests, pauses, polls and backfills connectors.',
  },
  {
    id: '0b8a3c52-6a0e-4b7c-9a55-3f1d2c7e9a03',
    value: 'Connector.Admin',
    displayName: 'Administrator',
    description:
      'Operator; also registers, changes and deletes connectors, and reads the record of calls.',
  },
].map((role) => ({ ...role, isEnabled: true, allowedMemberTypes: ['User', 'Application'] }));

const CREDENTIAL = 'function-app-identity';
const GRAPH = 'https://graph.microsoft.com/v1.0';
const USAGE = `npm run register-app -- --url https://<app> --identity <principal id> [--name <display name>]

  --url       the address that the portal page is opened at: the output CONNECTOR_URL
  --identity  the principal id of the app's identity: the output CONNECTOR_IDENTITY_PRINCIPAL_ID
  --name      the name of the registration (Okta connector)`;

function az(...args: string[]): unknown {
  const text = execFileSync('az', [...args, '--output', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    // There `az` is a batch file.
    shell: process.platform === 'win32',
  });
  return text.trim() === '' ? undefined : JSON.parse(text);
}

const patch = (path: string, body: object) =>
  az(
    ...['rest', '--method', 'PATCH', '--url', `${GRAPH}/${path}`],
    ...['--headers', 'Content-Type=application/json', '--body', JSON.stringify(body)],
  );

interface Application {
  id: string;
  appId: string;
}
interface Credential {
  id: string;
  name: string;
  subject: string;
}

function registration(name: string): Application {
  const found = az('ad', 'app', 'list', '--display-name', name) as (Application & {
    displayName: string;
  })[];
  // The list is of names that begin so.
  const same = found.filter(({ displayName }) => displayName === name);
  if (same.length > 1)
    throw new Error(`There are ${same.length} registrations "${name}": use --name.`);
  const audience = ['--sign-in-audience', 'AzureADMyOrg'];
  return same[0] ?? (az('ad', 'app', 'create', '--display-name', name, ...audience) as Application);
}

/**
 * The service principal of the registration in this tenant. Without it, users can neither sign in nor
 * receive a role.
 */
function servicePrincipal(appId: string): { id: string } {
  const found = az('ad', 'sp', 'list', '--filter', `appId eq '${appId}'`) as { id: string }[];
  return found[0] ?? (az('ad', 'sp', 'create', '--id', appId) as { id: string });
}

function trustIdentity({ appId }: Application, tenantId: string, subject: string): void {
  const parameters = JSON.stringify({
    name: CREDENTIAL,
    issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`,
    subject,
    audiences: ['api://AzureADTokenExchange'],
  });
  const command = ['ad', 'app', 'federated-credential'];
  const all = az(...command, 'list', '--id', appId) as Credential[];
  const present = all.find(({ name }) => name === CREDENTIAL);
  if (!present) az(...command, 'create', '--id', appId, '--parameters', parameters);
  else if (present.subject !== subject)
    az(
      ...[...command, 'update', '--id', appId],
      ...['--federated-credential-id', present.id, '--parameters', parameters],
    );
}

function main(): void {
  const { values } = parseArgs({
    options: {
      url: { type: 'string' },
      identity: { type: 'string' },
      name: { type: 'string', default: 'Okta connector' },
    },
  });
  const origin = URL.parse(values.url ?? '');
  if (origin?.protocol !== 'https:' || !/^[0-9a-f-]{36}$/i.test(values.identity ?? ''))
    throw new Error(USAGE);
  const { tenantId } = az('account', 'show') as { tenantId: string };
  const app = registration(values.name);
  patch(`applications/${app.id}`, {
    identifierUris: [`api://${app.appId}`],
    appRoles: APP_ROLES,
    // Version 1 of the token has another issuer, which App Service Authentication refuses.
    api: { requestedAccessTokenVersion: 2 },
    web: {
      redirectUris: [`${origin.origin}/.auth/login/aad/callback`],
      implicitGrantSettings: { enableIdTokenIssuance: true },
    },
  });
  const account = servicePrincipal(app.appId);
  patch(`servicePrincipals/${account.id}`, { appRoleAssignmentRequired: true });
  trustIdentity(app, tenantId, values.identity as string);
  console.log(`client id ${app.appId}

Deploy with it:      azd env set ENTRA_CLIENT_ID ${app.appId} && azd provision
Then assign roles:   Entra admin center, Enterprise applications, ${values.name}, Users and groups`);
}

try {
  main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
