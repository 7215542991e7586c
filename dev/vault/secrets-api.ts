/**
 * The REST subset of Key Vault that the real `SecretClient` uses (docs/azure.md,
 * "Secrets over REST").
 */
import { randomBytes } from 'node:crypto';
import type { Secret, SecretStore, SecretVersion } from './secret-store.ts';

export interface ApiRequest {
  method: string;
  /** Segments of the path, decoded. */
  path: string[];
  body: Record<string, unknown>;
}

export interface ApiReply {
  status: number;
  body?: object;
}

const RECOVERABLE_DAYS = 90;
const now = () => Math.floor(Date.now() / 1000);

export const failure = (
  status: number,
  code: string,
  message: string,
  inner?: string,
): ApiReply => ({
  status,
  body: { error: { code, message, ...(inner ? { innererror: { code: inner } } : {}) } },
});

export function handleSecrets(store: SecretStore, origin: string, request: ApiRequest): ApiReply {
  const { method, path, body } = request;
  const [collection, name = '', action = ''] = path;
  const on = `${method} ${collection}`;
  if (name === '') {
    const deleted = collection === 'deletedsecrets';
    const listed = store.list().filter((secret) => !!secret.deletedDate === deleted);
    const value = listed.map((secret) => itemOf(origin, secret));
    return on === 'GET secrets' || on === 'GET deletedsecrets'
      ? { status: 200, body: { value, nextLink: null } }
      : NOT_FOUND;
  }
  if (!/^[0-9a-zA-Z-]{1,127}$/.test(name))
    return failure(400, 'BadParameter', 'The secret name is not allowed.');
  const secret = store.get(name);

  if (on === 'PUT secrets') return set(store, origin, secret, name, body);
  if (!secret) return NOT_FOUND;
  if (collection === 'deletedsecrets') return onDeleted(store, origin, secret, method, action);
  if (secret.deletedDate) return NOT_FOUND;
  if (on === 'DELETE secrets') {
    const deleted = { ...secret, deletedDate: now() };
    store.put(deleted);
    return { status: 200, body: deletedBundle(origin, deleted) };
  }
  if (on === 'GET secrets' && action === 'versions') {
    const value = secret.versions.map((version) => itemOf(origin, secret, version));
    return { status: 200, body: { value, nextLink: null } };
  }
  const version = action
    ? secret.versions.find((one) => one.version === action)
    : secret.versions.at(-1);
  if (!version) return NOT_FOUND;
  if (on === 'GET secrets') {
    if (version.enabled) return { status: 200, body: bundleOf(origin, secret, version) };
    return failure(
      403,
      'Forbidden',
      'Operation get is not allowed on a disabled secret.',
      'SecretDisabled',
    );
  }
  if (on === 'PATCH secrets') {
    Object.assign(version, propertiesOf(body), { updated: now() });
    store.put(secret);
    return { status: 200, body: itemOf(origin, secret, version) };
  }
  return NOT_FOUND;
}

const NOT_FOUND = failure(404, 'SecretNotFound', 'A secret with this name was not found.');

function set(
  store: SecretStore,
  origin: string,
  secret: Secret | undefined,
  name: string,
  body: Record<string, unknown>,
): ApiReply {
  if (secret?.deletedDate) {
    const message = 'The secret is currently in a deleted but recoverable state.';
    return failure(409, 'Conflict', message, 'ObjectIsDeletedButRecoverable');
  }
  if (typeof body.value !== 'string' || body.value.length > 25_600)
    return failure(400, 'BadParameter', 'The value of the secret is missing or too long.');
  const version: SecretVersion = {
    enabled: true,
    ...propertiesOf(body),
    version: randomBytes(16).toString('hex'),
    value: body.value,
    created: now(),
    updated: now(),
  };
  const changed = { name, versions: [...(secret?.versions ?? []), version] };
  store.put(changed);
  return { status: 200, body: bundleOf(origin, changed, version) };
}

function onDeleted(
  store: SecretStore,
  origin: string,
  secret: Secret,
  method: string,
  action: string,
): ApiReply {
  if (!secret.deletedDate) return NOT_FOUND;
  if (method === 'GET') return { status: 200, body: deletedBundle(origin, secret) };
  if (method === 'DELETE') {
    store.remove(secret.name);
    return { status: 204 };
  }
  if (method !== 'POST' || action !== 'recover') return NOT_FOUND;
  const { deletedDate: _, ...recovered } = secret;
  store.put(recovered);
  return { status: 200, body: itemOf(origin, recovered) };
}

function propertiesOf(body: Record<string, unknown>): Partial<SecretVersion> {
  const attributes = (body.attributes ?? {}) as Partial<SecretVersion>;
  return {
    ...('enabled' in attributes ? { enabled: attributes.enabled !== false } : {}),
    ...(attributes.nbf === undefined ? {} : { nbf: attributes.nbf }),
    ...(attributes.exp === undefined ? {} : { exp: attributes.exp }),
    ...(typeof body.contentType === 'string' ? { contentType: body.contentType } : {}),
    ...(body.tags ? { tags: body.tags as Record<string, string> } : {}),
  };
}

/** A bundle without the value, for lists and updates. */
function itemOf(origin: string, { name, versions }: Secret, of?: SecretVersion): object {
  const version = of ?? versions.at(-1);
  if (!version) return {};
  const { enabled, created, updated, nbf, exp, contentType, tags } = version;
  return {
    id: `${origin}/secrets/${name}/${version.version}`,
    attributes: {
      enabled,
      created,
      updated,
      nbf,
      exp,
      recoveryLevel: 'Recoverable+Purgeable',
      recoverableDays: RECOVERABLE_DAYS,
    },
    contentType,
    tags,
  };
}

const bundleOf = (origin: string, secret: Secret, version: SecretVersion): object => ({
  value: version.value,
  ...itemOf(origin, secret, version),
});

const deletedBundle = (origin: string, secret: Secret): object => ({
  ...itemOf(origin, secret),
  recoveryId: `${origin}/deletedsecrets/${secret.name}`,
  deletedDate: secret.deletedDate,
  scheduledPurgeDate: (secret.deletedDate ?? 0) + RECOVERABLE_DAYS * 86_400,
});
