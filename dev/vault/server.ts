/**
 * A Key Vault on this computer: https, the REST subset of secrets, tokens of the local identity.
 */
import { once } from 'node:events';
import type http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import path from 'node:path';
import { certificateIn } from './certificate.ts';
import { LocalIdentity } from './identity.ts';
import { SecretStore } from './secret-store.ts';
import { type ApiReply, failure, handleSecrets } from './secrets-api.ts';

/** Any authority works: the client only reads the tenant (docs/azure.md, "Secrets over REST"). */
const CHALLENGE =
  'Bearer authorization="https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001", resource="https://vault.azure.net"';
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const MAX_BODY_BYTES = 64 * 1024;

export interface LocalVault {
  url: string;
  /** The certificate to trust, as PEM file. */
  certificateFile: string;
  identity: { endpoint: string; header: string };
  /** Answers the next `times` calls with this status, for tests. */
  fail(status: number, times: number): void;
  close(): Promise<void>;
}

export interface VaultOptions {
  dataDir: string;
  port?: number;
  /** Called with a line for the user about an invalid file. */
  tell?: (line: string) => void;
}

export async function startVault(options: VaultOptions): Promise<LocalVault> {
  const folder = path.join(options.dataDir, 'vault');
  const store = new SecretStore(path.join(folder, 'secrets'));
  for (const file of store.unreadableFiles())
    options.tell?.(`${file} holds no secret. Remove it, and give its connector the token again`);
  const certificate = await certificateIn(folder);
  const identity = new LocalIdentity(folder);
  const identityServer = identity.createServer();
  const identityPort = await listen(identityServer, 0);
  let failing = { status: 0, times: 0 };
  let origin = '';

  const answer = async (request: http.IncomingMessage): Promise<ApiReply> => {
    if (failing.times > 0) {
      failing.times--;
      return failure(failing.status, 'Unavailable', 'The vault was told to fail.');
    }
    const { pathname } = new URL(request.url ?? '/', origin);
    const body = await readJson(request);
    if (!body) return failure(400, 'BadParameter', 'The body is not JSON.');
    const segments = pathname.split('/').filter((segment) => segment !== '');
    return handleSecrets(store, origin, {
      method: request.method ?? 'GET',
      path: segments.map(decodeURIComponent),
      body,
    });
  };

  const server = https.createServer(certificate, async (request, response) => {
    if (!identity.accepts(request.headers.authorization)) {
      const { body } = failure(401, 'Unauthorized', 'The request lacks a valid token.');
      response.writeHead(401, { ...JSON_TYPE, 'www-authenticate': CHALLENGE });
      response.end(JSON.stringify(body));
      return;
    }
    const reply = await answer(request).catch(() =>
      failure(500, 'InternalServerError', 'The vault could not answer.'),
    );
    response.writeHead(reply.status, JSON_TYPE);
    response.end(reply.body ? JSON.stringify(reply.body) : undefined);
  });
  origin = `https://127.0.0.1:${await listen(server, options.port ?? 0)}`;

  return {
    url: origin,
    certificateFile: certificate.file,
    identity: {
      endpoint: `http://127.0.0.1:${identityPort}/msi/token`,
      header: identity.header,
    },
    fail: (status, times) => {
      failing = { status, times };
    },
    close: async () => {
      for (const one of [server, identityServer]) {
        one.close();
        one.closeAllConnections();
      }
    },
  };
}

async function listen(server: http.Server | https.Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

async function readJson(
  request: http.IncomingMessage,
): Promise<Record<string, unknown> | undefined> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return undefined;
  }
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
