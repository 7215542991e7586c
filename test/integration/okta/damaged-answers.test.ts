/**
 * Damaged responses: the request settles with a value, the process gets no unhandled error, no
 * socket stays open, and the next valid response is read.
 */
import diagnostics from 'node:diagnostics_channel';
import fs from 'node:fs';
import type net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { certificateIn } from '../../../dev/vault/certificate.ts';
import type { OktaReply } from '../../../shared/okta/transport.ts';
import { createOktaTransport } from '../../../shared/okta/undici-transport.ts';
import {
  type Answer,
  type Damage,
  type DamagingServer,
  PROTOCOLS,
  startDamagingServer,
} from '../../support/damaging-server.ts';
import { answers, damages, PAGE } from '../../support/random-answers.ts';
import { sharedCases } from '../../support/shared-data.ts';

const SEED = Number(process.env.DAMAGE_SEED ?? 1);
const RUNS = Number(process.env.DAMAGE_RUNS ?? 150);
/** The time limit for an event that may never occur. */
const SHORT_MS = 250;
/** The time limit for an event that will occur, even on a busy computer. */
const LONG_MS = 30_000;
const TEST_MS = 240_000;
/**
 * The distance between two breaks, in bytes. A reply over TLS is much more expensive, and the same
 * parser reads it.
 */
const BREAK_STEP = { http: 1, https: 7, http2: 5 };

const GOOD: Answer = {
  status: 200,
  headers: [
    ['content-type', 'application/json'],
    ['content-encoding', 'gzip'],
  ],
  pieces: [gzipSync(PAGE)],
  framing: 'length',
  ending: { kind: 'end' },
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'damaged-'));
const unhandled: unknown[] = [];
/** Rejects with the first error, without waiting for a request that never settles. */
let crash = Promise.withResolvers<never>();
const note = (error: unknown) => {
  unhandled.push(error);
  crash.reject(error);
};

const sockets = new Set<net.Socket>();
const track = (message: unknown) => {
  const { socket } = message as { socket: net.Socket };
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
};
/** Has no listener for errors, which would hide an unhandled error. */
const untilClosed = (which: Iterable<net.Socket> = sockets) =>
  Promise.all([...which].map((socket) => new Promise((done) => socket.once('close', done))));

beforeAll(() => {
  // https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
  diagnostics.subscribe('undici:client:connected', track);
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});
afterAll(() => {
  diagnostics.unsubscribe('undici:client:connected', track);
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
  fs.rmSync(folder, { recursive: true });
});
beforeEach(() => {
  crash = Promise.withResolvers();
  crash.promise.catch(() => {});
});
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
});

describe.each(PROTOCOLS)('over %s', (protocol) => {
  let server: DamagingServer;
  let transport: ReturnType<typeof createOktaTransport>;

  beforeAll(async () => {
    const certificate = await certificateIn(folder);
    server = await startDamagingServer(protocol, certificate);
    const testOrigins = new Set([server.origin]);
    transport = createOktaTransport({ testOrigins, version: '1.2.3', ca: certificate.cert });
  });
  afterAll(async () => {
    await transport.close();
    await untilClosed();
    server.close();
  });

  const send = (timeoutMs: number) =>
    transport.send({ url: new URL('/api/v1/logs', server.origin), timeoutMs });

  const dropConnections = async () => {
    server.drop();
    await untilClosed();
  };

  /**
   * Sends a request with a damaged response, then a request with a valid response, on the same
   * connection if possible.
   */
  async function survive(
    answer: Answer | Buffer,
    damage?: Damage,
    { requests = 1, timeoutMs = SHORT_MS } = {},
  ): Promise<OktaReply[]> {
    server.play(answer, damage);
    const sent = Array.from({ length: requests }, () => send(timeoutMs));
    const replies = await Promise.race([Promise.all(sent), crash.promise]);
    for (const { kind } of replies) expect(['reply', 'unreachable']).toContain(kind);
    if (damage || leavesBytes(answer)) await dropConnections();
    const isOver = replies.some(endsSession);
    await untilClosed([...sockets].filter(({ destroyed }) => destroyed || isOver));
    server.play(GOOD);
    expect(textOf(await send(LONG_MS))).toBe(PAGE);
    expect(unhandled).toEqual([]);
    return replies;
  }

  it('every answer, damaged in every way, is handled', { timeout: TEST_MS }, async () => {
    const cases = fc.tuple(answers, damages, fc.integer({ min: 1, max: 3 }), fc.boolean());
    const property = fc.asyncProperty(cases, async ([answer, damage, requests, fresh]) => {
      if (fresh) await dropConnections();
      await survive(answer, damage, { requests });
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true });
  });

  it('a truncated compressed page is no page, wherever it ends', async () => {
    const [whole = Buffer.alloc(0)] = GOOD.pieces;
    for (let end = 0; end < whole.length; end++) {
      const page = { ...GOOD, pieces: [whole.subarray(0, end)] };
      const [reply] = await survive(page, undefined, { timeoutMs: LONG_MS });
      expect(reply).toMatchObject({ kind: 'unreachable', reason: 'cut-body' });
    }
  });

  it.each(
    (['length', 'chunked', 'close'] as const).flatMap((framing) =>
      (['end', 'reset', 'cut'] as const).map((how) => ({ framing, how })),
    ),
  )(
    'a page ($framing) is whole or none, wherever its connection breaks ($how)',
    {
      timeout: TEST_MS,
    },
    async ({ framing, how }) => {
      const page = { ...GOOD, framing };
      await dropConnections();
      server.play(page);
      await send(LONG_MS);
      const length = server.carried();
      expect(length).toBeGreaterThan(gzipSync(PAGE).length);
      for (let at = 0; at < length; at += BREAK_STEP[protocol]) {
        // From the first byte of a connection: bytes before a response count, too.
        await dropConnections();
        const damage = { at, how, bytes: Buffer.alloc(0) };
        const [reply] = await survive(page, damage, { timeoutMs: LONG_MS });
        if (reply?.kind === 'reply') expect(textOf(reply)).toBe(PAGE);
      }
    },
  );

  // Informational responses are part of HTTP/1.1.
  if (protocol !== 'http2') {
    it.each(sharedCases())('$name is handled', async ({ name, bytes }) => {
      const [reply] = await survive(bytes, undefined, { timeoutMs: LONG_MS });
      const status = Number(bytes.subarray(9, 12).toString());
      if (name === 'gzip-cut.http')
        expect(reply).toMatchObject({ kind: 'unreachable', reason: 'cut-body' });
      else expect(reply).toMatchObject({ kind: 'reply', status });
    });
  }
});

const textOf = (reply: OktaReply) =>
  reply.kind === 'reply' ? Buffer.from(reply.body).toString() : reply;

/** Whether its connection may hold bytes that the next request would read as its response. */
const leavesBytes = (answer: Answer | Buffer) =>
  Buffer.isBuffer(answer) || answer.framing !== 'length' || answer.ending.kind === 'destroy';

/** Whether the client abandoned its HTTP/2 session; it then has to close the socket itself. */
const endsSession = (reply: OktaReply) =>
  reply.kind === 'unreachable' &&
  ['ERR_HTTP2_ERROR', 'ERR_HTTP2_INVALID_SESSION'].includes(reply.detail);
