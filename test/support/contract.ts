/** Checks every reply of a host against the OpenAPI document that it serves. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export interface SeenReply {
  method: string;
  path: string;
  status: number;
  headers: Headers;
  body: unknown;
}

export type Check = (seen: SeenReply) => void;

let served: Promise<Check> | undefined;

/**
 * The checker for a host. All hosts of a test process run the same build, and their documents differ
 * only in the host's address. So the document is read from the first host, and its schemas are compiled
 * once.
 */
export async function checkerFor(url: string): Promise<Check> {
  served ??= fetch(`${url}/api/openapi.json`).then(async (reply) =>
    contractChecker(await reply.json()),
  );
  try {
    return await served;
  } catch (error) {
    served = undefined;
    throw error;
  }
}

/** Throws for a reply that violates the document, or the conventions of every reply. */
export function contractChecker(document: any): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'contract');
  // A schema is compiled when the first reply needs it.
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return ({ method, path, status, headers, body }) => {
    const { pathname } = new URL(path, 'http://any');
    const template = templates.find(({ pattern }) => pattern.test(pathname))?.template;
    const operation = template && document.paths[template][method.toLowerCase()];
    // The Functions host answers these itself, without a body.
    if (body === undefined && (status === 401 || (status === 404 && !operation))) return;
    const said = `${method} ${pathname} answered ${status} ${JSON.stringify(body)}`;
    const reply = operation?.responses[status];
    if (!reply) throw new Error(`${said}, which is not in the contract`);
    for (const [name, value] of Object.entries(COMMON_HEADERS))
      if (!value.test(headers.get(name) ?? '')) throw new Error(`${said} without ${name}`);
    const [type] = Object.keys(reply.content ?? {});
    if (type === undefined) {
      if (body !== undefined) throw new Error(`${said}, though no body belongs there`);
      return;
    }
    if (!headers.get('content-type')?.startsWith('application/json')) return;
    const at = ['paths', template, method.toLowerCase(), 'responses', status, 'content', type];
    const pointer = at.map((part) => encodeURIComponent(escaped(String(part)))).join('/');
    const matches = ajv.getSchema(`contract#/${pointer}/schema`);
    if (!matches) throw new Error(`${said}, which has no schema`);
    if (!matches(body)) throw new Error(`${said}: ${ajv.errorsText(matches.errors)}`);
    const code = (body as any).error?.code ?? null;
    if (
      status >= 400 &&
      !(status === 503 && code === null) &&
      headers.get('x-ms-error-code') !== code
    )
      throw new Error(`${said} with the code ${headers.get('x-ms-error-code')} in its header`);
  };
}

const escaped = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

const COMMON_HEADERS = {
  'x-ms-request-id': /./,
  'cache-control': /^no-store$/,
  'x-content-type-options': /^nosniff$/,
  'cross-origin-resource-policy': /^same-origin$/,
};
