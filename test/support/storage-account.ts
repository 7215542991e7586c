/** A separate storage account for each test file. */
import { inject } from 'vitest';

/** Returns the connection string of an empty account on one of the run's Azurite processes. */
export async function newStorageAccount(): Promise<string> {
  const reply = await fetch(inject('storageAccounts'));
  const text = await reply.text();
  if (!reply.ok) throw new Error(text);
  return text;
}

/** The origin of a service in the connection string. */
export function endpointOf(connectionString: string, service: 'Blob' | 'Queue' | 'Table'): string {
  const found = new RegExp(`${service}Endpoint=(http://[^/]+)`).exec(connectionString)?.[1];
  if (!found) throw new Error(`the connection string has no ${service}Endpoint`);
  return found;
}
