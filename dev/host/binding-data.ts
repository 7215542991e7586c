/**
 * The trigger metadata of an HTTP call, as the real host builds it: one case-insensitive dictionary, in
 * which a caller's JSON fields and query parameters appear beside the host's own values, and override
 * them (`GetRequestBindingDataAsync` in `HttpTriggerAttributeBindingProvider.cs` of
 * https://github.com/Azure/azure-webjobs-sdk-extensions). No value in it can be trusted.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { TypedData } from './base/functions.ts';

export interface CallForBinding {
  headers: IncomingHttpHeaders;
  url: URL;
  /** From the route. */
  params: Record<string, string>;
  /** Empty when the caller announced no length: the host does not read such a body. */
  body: Buffer;
}

export function bindingData(call: CallForBinding): Record<string, TypedData> {
  const data = new CaseBlindMap();
  for (const [name, value] of fieldsOf(call.body)) data.set(name, value);
  for (const [name, value] of Object.entries(queryOf(call.url)))
    if (name.toLowerCase() !== 'code') data.set(name, { string: value });
  for (const [name, value] of Object.entries(call.params)) data.set(name, { string: value });
  data.add('Query', { json: JSON.stringify(queryOf(call.url)) });
  data.add('Headers', { json: JSON.stringify(joined(call.headers)) });
  return data.toObject();
}

/** Keeps the first spelling of a name and its last value. */
class CaseBlindMap {
  readonly #entries = new Map<string, { name: string; value: TypedData }>();

  set(name: string, value: TypedData): void {
    const entry = this.#entries.get(name.toLowerCase());
    if (entry) entry.value = value;
    else this.#entries.set(name.toLowerCase(), { name, value });
  }

  add(name: string, value: TypedData): void {
    if (!this.#entries.has(name.toLowerCase())) this.set(name, value);
  }

  toObject(): Record<string, TypedData> {
    return Object.fromEntries([...this.#entries.values()].map(({ name, value }) => [name, value]));
  }
}

/**
 * The top-level fields of a JSON object, whatever content type the body declares. Lists are left out.
 */
function* fieldsOf(body: Buffer): Generator<[string, TypedData]> {
  const text = body.toString().trim();
  if (!text.startsWith('{')) return;
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text);
  } catch {
    return;
  }
  for (const [name, value] of Object.entries(parsed)) {
    if (value === null || Array.isArray(value)) continue;
    yield [
      name,
      typeof value === 'object' ? { json: JSON.stringify(value) } : { string: `${value}` },
    ];
  }
}

/** Joins repeated headers with a comma, like the host. */
export const joined = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Joins repeated keys with a comma, like the host. */
export function queryOf({ searchParams }: URL): Record<string, string> {
  const names = new Set(searchParams.keys());
  return Object.fromEntries([...names].map((name) => [name, searchParams.getAll(name).join(',')]));
}
