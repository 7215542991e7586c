/** The request that a function reads, compared with the library's request from binding data. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Azurite, startAzurite } from '../../../dev/azurite.ts';
import { type Host, startHost } from '../../support/dev-host.ts';

let azurite: Azurite;
let host: Host;

beforeAll(async () => {
  azurite = await startAzurite();
  host = await startHost('test/integration/streaming/app', azurite.connectionString);
});
afterAll(async () => {
  await host.stop();
  await azurite.stop();
});

interface Read {
  headers: Record<string, string>;
  params: Record<string, string>;
}

const FORGED = JSON.stringify({ 'x-who': 'forged' });

async function ask(path: string, body?: string): Promise<{ library: Read; forwarded: Read }> {
  const reply = await fetch(`${host.url}/things/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-who': 'genuine' },
    ...(body === undefined ? {} : { body }),
  });
  return (await reply.json()) as never;
}

describe("the library's request on a host that streams HTTP", () => {
  it.each([
    ['a query parameter', `a?Headers=${encodeURIComponent(FORGED)}`, undefined],
    ['a field of a JSON body', 'a', `{"Headers":${FORGED}}`],
  ])('has the headers of %s', async (_, path, body) => {
    const { library, forwarded } = await ask(path, body);
    expect(library.headers['x-who']).toBe('forged');
    expect(forwarded.headers['x-who']).toBe('genuine');
  });

  it('has no headers when a query parameter of this name is not JSON', async () => {
    const { library, forwarded } = await ask('a?headers=x');
    expect(library.headers).toEqual({});
    expect(forwarded.headers['x-who']).toBe('genuine');
  });

  it('loses a route parameter to a query parameter in another case, and keeps the others', async () => {
    const { library, forwarded } = await ask('a?ID=b&more=c');
    expect(library.params).toEqual({ ID: 'a', more: 'c' });
    expect(forwarded.params).toEqual({ id: 'a' });
  });
});

describe('a request as forwarded by the host', () => {
  it('has decoded route parameters, except encoded slashes', async () => {
    expect((await ask('a%2Fb%20c')).forwarded.params).toEqual({ id: 'a%2Fb c' });
    expect((await ask('%E0%A4%A/')).forwarded.params).toEqual({ id: '%E0%A4%A' });
  });
});
