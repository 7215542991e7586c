/** A long response to a slow caller, through the library's own server. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atReadersPace } from '../../../functions/http/readers-pace.ts';
import { type Host, startHost } from '../../support/dev-host.ts';
import { until } from '../../support/stack.ts';
import { newStorageAccount } from '../../support/storage-account.ts';

/** A quarter of a gigabyte exceeds the buffers of any socket. */
const MANY = 4000;
const CHUNK_BYTES = 64 * 1024;

let host: Host;

beforeAll(async () => {
  host = await startHost('test/integration/streaming/app', await newStorageAccount());
});
afterAll(async () => {
  await host.stop();
});

const seen = async (): Promise<{ chunks: number; over: boolean }> =>
  (await (await fetch(`${host.url}/seen`)).json()) as never;

/** A response whose body is not read yet. */
async function ask(query: string): Promise<http.IncomingMessage> {
  const request = http.get(`${host.url}/answer?${query}`);
  const [answer] = await once(request, 'response');
  return answer;
}

async function sizeOf(answer: http.IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  return bytes;
}

describe('a streamed answer', () => {
  it('waits for a slow caller, and ends when the caller disconnects', async () => {
    const answer = await ask(`chunks=${MANY}`);
    let chunks = 0;
    const waiting = await until('the answer to wait', async () => {
      const now = await seen();
      if (now.chunks === chunks) return now;
      chunks = now.chunks;
      return undefined;
    });
    expect(waiting.over).toBe(false);
    expect(waiting.chunks).toBeLessThan(MANY);
    answer.destroy();
    const left = await until('the source to be over', async () => {
      const now = await seen();
      return now.over ? now : undefined;
    });
    expect(left.chunks).toBeLessThan(MANY);
  });

  it('is complete for a caller that pauses and then reads', async () => {
    const answer = await ask(`chunks=${MANY}`);
    await until('the answer to have begun', async () =>
      (await seen()).chunks > 0 ? true : undefined,
    );
    expect(await sizeOf(answer)).toBe(MANY * CHUNK_BYTES);
  });

  it('is aborted when its caller takes too long', async () => {
    const answer = await ask(`chunks=${MANY}&withinMs=1000`);
    const { chunks } = await until('the source to be over', async () => {
      const now = await seen();
      return now.over ? now : undefined;
    });
    expect(chunks).toBeLessThan(MANY);
    await expect(sizeOf(answer)).rejects.toThrow('aborted');
  });

  it('is aborted when it fails in between', async () => {
    const answer = await ask('chunks=3&fails');
    await expect(sizeOf(answer)).rejects.toThrow('aborted');
  });

  it('is aborted even by a server that leaves the connection open, like the library', async () => {
    const invocationId = 'one-of-the-tests';
    const begun = Promise.withResolvers<void>();
    const patience = AbortSignal.timeout(60_000);
    const server = http.createServer(async (_request, response) => {
      async function* failing() {
        yield new Uint8Array(CHUNK_BYTES);
        await begun.promise;
        throw new Error('on purpose');
      }
      try {
        for await (const chunk of atReadersPace(invocationId, failing(), patience))
          response.write(chunk);
      } catch {
        // Left open.
      }
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    const headers = { 'x-ms-invocation-id': invocationId };
    const [answer] = await once(http.get({ port, headers }), 'response');
    begun.resolve();
    await expect(sizeOf(answer)).rejects.toThrow('aborted');
    server.close();
  });
});
