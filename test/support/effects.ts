/** Describes the change that a request makes to a service, in one readable line. */
import type { SeenRequest } from './proxy.ts';

/**
 * For example `checkpoints replace ledger, create slice`. `connector` stands for the first of the given
 * ids. Undefined when the request changes nothing, or names none of these ids.
 */
export function effectOf(
  { method, path, body }: SeenRequest,
  ...[id = '', ...others]: string[]
): string | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const named = new RegExp(`\\b(${[id, ...others].join('|')})\\b`);
  if (!named.test(decodeURIComponent(path) + decoded(body))) return undefined;
  const [pathname = ''] = path.split('?');
  const [first = '', second = '', ...rest] = pathname.split('/').slice(1);
  // A first call without a body only asks the vault for its challenge.
  if (first === 'secrets')
    return method === 'PUT' && body === '' ? undefined : `vault ${method} secret`;
  if (rest[0] === 'messages') return method === 'POST' ? `queue ${second} send` : undefined;
  if (second === 'Tables') return undefined;
  const changes = second === '$batch' ? changesOf(body) : [changeOf(method, pathname, body)];
  const table = changes[0]?.table;
  const said = changes.map(({ verb, key }) => `${verb} ${key === id ? 'connector' : key}`);
  return `${table} ${said.join(', ')}${said.includes('create counter') ? ` of ${sourceOf(body)}` : ''}`;
}

/** The rows of live polling name no source. */
const sourceOf = (batch: string): string => /"source":"(\w+)"/.exec(batch)?.[1] ?? 'live';

interface Change {
  table: string;
  verb: string;
  key: string;
}

function changesOf(batch: string): Change[] {
  const requests = [...batch.matchAll(/^(POST|PUT|PATCH|DELETE) (\S+) HTTP\/1\.1/gm)];
  const all = requests.map(({ 1: method = '', 2: url = '', index }, n) =>
    changeOf(method, new URL(url).pathname, batch.slice(index, requests[n + 1]?.index)),
  );
  return all.filter(
    (one, n) => all.findIndex(({ verb, key }) => verb === one.verb && key === one.key) === n,
  );
}

function changeOf(method: string, pathname: string, body: string): Change {
  const target = decodeURIComponent(pathname.split('/').at(-1) ?? '');
  const [, table = target, key] = /^(\w+)\(PartitionKey='.*',RowKey='(.*)'\)$/.exec(target) ?? [];
  const created = /"RowKey":"([^"]*)"/.exec(body)?.[1] ?? '';
  const verb = { POST: 'create', PUT: 'replace', DELETE: 'delete' }[method] ?? 'merge';
  return { table, verb, key: kindOf(key ?? created) };
}

/** Queue messages are base64 in XML. */
function decoded(body: string): string {
  const message = /<MessageText>(.*)<\/MessageText>/.exec(body)?.[1];
  return message === undefined ? body : Buffer.from(message, 'base64').toString();
}

/** Keys without the parts that differ between runs. */
const kindOf = (key: string): string =>
  key
    .replace(/^~.*/, 'counter')
    .replace(/^\d{4}-\d\d-\d\d$/, 'day')
    .replace(/^\d{13}_.*/, 'row')
    .replace(/^facts_.*_(status|rate)$/, '$1 facts')
    .replace(/^slice_.*/, 'slice')
    .replace(/^backfill_.*/, 'ledger')
    .replace(/^org_.*/, 'org')
    .replace(/^sweep_.*/, 'sweep')
    .replace(/^unfinished_.*/, 'mark')
    .replace(/^[0-9a-f]{40}$/, 'delivery')
    .replace(/^(open|done)_.*/, '$1 entry');
