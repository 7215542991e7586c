/**
 * Encodes the body of an entity-group transaction, and parses the response (pure). The SDK's
 * `submitTransaction` runs every operation through a separate pipeline, which took two thirds of the
 * CPU time of ingestion (docs/adr/0003-transactions-of-our-own-making.md). The format is documented:
 * https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
 */
import { systemChance } from '../chance.ts';
import type { Cells, Operation } from './table.ts';

const EOL = '\r\n';

export interface Transaction {
  contentType: string;
  body: Uint8Array;
}

/** `tableUrl` is the table's own, without a trailing slash. */
export function encodeTransaction(
  tableUrl: string,
  partition: string,
  operations: readonly Operation[],
): Transaction {
  const id = systemChance.uuid();
  const start = [
    `--changeset_${id}`,
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    EOL,
  ].join(EOL);
  const changeset = `Content-Type: multipart/mixed; boundary=changeset_${id}`;
  // Encoded in pieces, because one long string takes twice the time.
  const pieces = operations.map((operation) =>
    Buffer.from(start + encodeOperation(tableUrl, partition, operation)),
  );
  return {
    contentType: `multipart/mixed; boundary=batch_${id}`,
    body: Buffer.concat([
      Buffer.from([`--batch_${id}`, changeset, EOL].join(EOL)),
      ...pieces,
      Buffer.from([`--changeset_${id}--`, `--batch_${id}--`, ''].join(EOL)),
    ]),
  };
}

function encodeOperation(tableUrl: string, partition: string, operation: Operation): string {
  if (operation.kind === 'create')
    return request('POST', tableUrl, entityOf(partition, operation), 'Prefer: return-no-content');
  const entityUrl = `${tableUrl}(PartitionKey='${literal(partition)}',RowKey='${literal(operation.key)}')`;
  switch (operation.kind) {
    case 'replace': {
      const guard = `If-Match: ${operation.etag}`;
      return request('PUT', entityUrl, entityOf(partition, operation), guard);
    }
    case 'put':
      return request('PUT', entityUrl, entityOf(partition, operation));
    case 'merge':
      return request('PATCH', entityUrl, entityOf(partition, operation));
    case 'delete':
      return request('DELETE', entityUrl, '', `If-Match: ${operation.etag ?? '*'}`);
  }
}

/** A quotation mark within a key is doubled (OData). */
const literal = (key: string): string => encodeURIComponent(key.replaceAll("'", "''"));

function request(method: string, url: string, entity: string, ...headers: string[]): string {
  return [
    `${method} ${url} HTTP/1.1`,
    'Accept: application/json;odata=minimalmetadata',
    'DataServiceVersion: 3.0',
    ...(entity === '' ? [] : ['Content-Type: application/json']),
    ...headers,
    '',
    entity,
    '',
  ].join(EOL);
}

const entityOf = (partition: string, { key, cells }: { key: string; cells: Cells }): string =>
  JSON.stringify({ PartitionKey: partition, RowKey: key, ...typed(cells) }).replace(
    LINE_SEPARATORS,
    escaped,
  );

/**
 * Valid in JSON, but Azurite ends the body of an operation at these characters, and fails afterwards.
 */
const LINE_SEPARATORS = /[\u2028\u2029]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16)}`;

/** The JSON of cells, with annotations for types that JSON does not have. */
function typed(cells: Cells): Record<string, string | number | boolean> {
  const properties: Record<string, string | number | boolean> = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (typeof cell === 'bigint') {
      properties[name] = String(cell);
      properties[`${name}@odata.type`] = 'Edm.Int64';
    } else if (cell instanceof Uint8Array) {
      properties[name] = Buffer.from(cell).toString('base64');
      properties[`${name}@odata.type`] = 'Edm.Binary';
    } else {
      properties[name] = cell;
    }
  }
  return properties;
}

export type TransactionReply =
  | { ok: true; etags: (string | undefined)[] }
  /** `code` is the service's error code, if any. */
  | { ok: false; status: number; code?: string };

/** The service's error code, such as `PropertyValueTooLarge`, from the body of its response. */
export const odataCode = (body: string): string | undefined =>
  /"odata\.error"\s*:\s*\{\s*"code"\s*:\s*"(\w{1,100})"/.exec(body)?.[1];

/** The status of an incomplete response. */
const BAD_GATEWAY = 502;

/**
 * A result for each operation; or only the result of the failed operation, in which case nothing was
 * written.
 */
export function parseTransactionReply(
  status: number,
  body: string,
  operations: number,
): TransactionReply {
  const failed = (failedStatus: number, said: string) => {
    const code = odataCode(said);
    return { ok: false as const, status: failedStatus, ...(code ? { code } : {}) };
  };
  if (status !== 202) return failed(status, body);
  const answers = body.split('--changesetresponse_').slice(1, -1);
  const etags: (string | undefined)[] = [];
  for (const answer of answers) {
    const code = Number(/HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? BAD_GATEWAY);
    if (code < 200 || code >= 300) return failed(code, answer);
    etags.push(/^ETag: (.*?)\r?$/im.exec(answer)?.[1]);
  }
  return etags.length === operations ? { ok: true, etags } : { ok: false, status: BAD_GATEWAY };
}
