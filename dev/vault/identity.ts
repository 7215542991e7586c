/**
 * The managed-identity endpoint of App Service (api-version 2019-08-01) on the loopback address, so
 * that the product's own `DefaultAzureCredential` works here as it does in Azure. The local vault
 * accepts only tokens of this endpoint.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const TOKEN_LIFE_SECONDS = 24 * 3600;

export class LocalIdentity {
  /** The value of `X-IDENTITY-HEADER`; new with every start. */
  readonly header = randomBytes(24).toString('hex');
  readonly #token: string;

  /** The token is stored in `folder`: it stays valid across restarts of this server. */
  constructor(folder: string) {
    const file = path.join(folder, 'identity-token');
    // A truncated file is ignored: an empty token would admit every caller.
    if (!fs.existsSync(file) || !TOKEN.test(fs.readFileSync(file, 'utf8')))
      fs.writeFileSync(file, randomBytes(TOKEN_BYTES).toString('base64url'), { mode: 0o600 });
    this.#token = fs.readFileSync(file, 'utf8');
  }

  accepts(authorization: string | undefined): boolean {
    const given = Buffer.from(authorization ?? '');
    const wanted = Buffer.from(`Bearer ${this.#token}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }

  createServer(): http.Server {
    return http.createServer((request, response) => {
      const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
      const resource = query.get('resource');
      const known = request.headers['x-identity-header'] === this.header;
      response.setHeader('content-type', 'application/json');
      if (!known || !resource || query.get('api-version') !== '2019-08-01') {
        response.writeHead(known ? 400 : 401).end('{"statusCode":400,"message":"bad request"}');
        return;
      }
      response.end(
        JSON.stringify({
          access_token: this.#token,
          expires_on: String(Math.floor(Date.now() / 1000) + TOKEN_LIFE_SECONDS),
          resource,
          token_type: 'Bearer',
        }),
      );
    });
  }
}
