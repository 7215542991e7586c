/**
 * The trigger metadata of an HTTP call, as the real host makes it: one dictionary, blind to case, in
 * which a caller's JSON fields and query parameters stand beside, and before, what the host adds
 * (`GetRequestBindingDataAsync` in `HttpTriggerAttributeBindingProvider.cs` of
 * https://github.com/Azure/azure-webjobs-sdk-extensions). Nothing in it can be trusted.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { TypedData } from './base/functions.ts';

export interface CallForBinding {
  headers: IncomingHttpHeaders;
  url: URL;
  /** From the route. */
  params: Record<string, string>;
  /** Empty where the caller announced no length: the host reads no such body. */
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

/** The first spelling of a name stays, the last value counts. */
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

/** The top-level fields of a JSON object, whatever type the body declares; lists are left out. */
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

/** Repeated headers arrive joined by a comma. */
export const joined = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Repeated keys arrive joined by a comma. */
export function queryOf({ searchParams }: URL): Record<string, string> {
  const names = new Set(searchParams.keys());
  return Object.fromEntries([...names].map((name) => [name, searchParams.getAll(name).join(',')]));
}
