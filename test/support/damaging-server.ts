/**
 * An upstream that gives the same answer to every request, over HTTP/1.1 or HTTP/2, and damages the
 * bytes at a chosen place, like faulty proxies, networks and servers.
 */
import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';
import type { Certificate } from '../../dev/vault/certificate.ts';

export const PROTOCOLS = ['http', 'https', 'http2'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export interface Answer {
  status: number;
  headers: [string, string][];
  /** The body in the chunks in which it is sent. */
  pieces: Buffer[];
  /** How HTTP/1.1 marks the end of the body. A number is a Content-Length, which may be wrong. */
  framing: 'length' | 'chunked' | 'close' | number;
  /** How HTTP/2 ends the body; a number is the error code of the frame. */
  ending: { kind: 'end' | 'trailers' | 'destroy' } | { kind: 'reset' | 'goaway'; code: number };
}

export interface Damage {
  /** Offset in the bytes that a connection carries from the server from now on, without TLS. */
  at: number;
  how:
    | 'end'
    /** A TCP reset. */
    | 'reset'
    /** The connection ends without TLS's closing message. */
    | 'cut'
    /** No more bytes are sent; the connection stays open. */
    | 'stall'
    /** One byte is changed. */
    | 'flip'
    | 'insert'
    /** Bytes that are not TLS are inserted between the records. */
    | 'break-tls';
  bytes: Buffer;
}

export interface DamagingServer {
  origin: string;
  /** Applies from now on, also to open connections. */
  play(answer: Answer | Buffer, damage?: Damage): void;
  /** The largest number of bytes that a connection has carried since `play`. */
  carried(): number;
  /** Closes every connection. */
  drop(): void;
  close(): void;
}

const quiet = () => {};

export async function startDamagingServer(
  protocol: Protocol,
  certificate: Certificate,
): Promise<DamagingServer> {
  let answer: Answer | Buffer = Buffer.alloc(0);
  let damage: Damage | undefined;
  let carried = new Map<net.Socket, number>();
  const connections = new Set<net.Socket>();
  /** Connections that send no more bytes. */
  let silenced = new WeakSet<net.Socket>();

  const deliver = (socket: net.Socket, raw: net.Socket, bytes: Buffer): void => {
    if (silenced.has(raw)) return;
    const before = carried.get(raw) ?? 0;
    carried.set(raw, before + bytes.length);
    const at = (damage?.at ?? -1) - before;
    if (!damage || at < 0 || at >= bytes.length) return void socket.write(bytes);
    const [start, rest] = [bytes.subarray(0, at), bytes.subarray(at)];
    switch (damage.how) {
      case 'flip': {
        const flipped = Buffer.from(rest);
        flipped[0] = (flipped[0] ?? 0) ^ (damage.bytes[0] || 1);
        return void socket.write(Buffer.concat([start, flipped]));
      }
      case 'insert':
        return void socket.write(Buffer.concat([start, damage.bytes, rest]));
      case 'break-tls':
        socket.write(start, () => raw.write(damage?.bytes ?? ''));
        return void socket.write(rest);
    }
    silenced.add(raw);
    if (damage.how === 'end') return void socket.end(start);
    const over = damage.how === 'reset' ? () => raw.resetAndDestroy() : () => raw.destroy();
    socket.write(start, damage.how === 'stall' ? quiet : over);
  };

  const answerHttp1 = (socket: net.Socket, raw: net.Socket): void => {
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      head = '';
      deliver(socket, raw, Buffer.isBuffer(answer) ? answer : http1BytesOf(answer));
      // A body of unknown length ends with its connection. The close of an incomplete body is not
      // awaited.
      if (Buffer.isBuffer(answer) || answer.framing === 'close') {
        silenced.add(raw);
        socket.end();
      }
    });
  };

  const origin = http2.createServer({ maxSendHeaderBlockLength: 1024 * 1024 });
  origin.on('sessionError', quiet);
  origin.on('stream', (stream) => {
    stream.on('error', quiet);
    if (!Buffer.isBuffer(answer)) answerHttp2(stream, answer);
  });
  if (protocol === 'http2') await once(origin.listen(0, '127.0.0.1'), 'listening');
  const proxyHttp2 = (socket: net.Socket, raw: net.Socket): void => {
    const upstream = net.connect((origin.address() as net.AddressInfo).port, '127.0.0.1');
    upstream.on('error', quiet);
    upstream.on('data', (chunk) => deliver(socket, raw, chunk));
    upstream.on('close', () => silenced.has(raw) || socket.end());
    socket.on('data', (chunk) => upstream.write(chunk));
    raw.on('close', () => upstream.destroy());
  };

  const server = net.createServer((raw) => {
    connections.add(raw);
    raw.on('error', quiet);
    raw.on('close', () => connections.delete(raw));
    if (protocol === 'http') return answerHttp1(raw, raw);
    const ALPNProtocols = [protocol === 'http2' ? 'h2' : 'http/1.1'];
    const context = { ...certificate, isServer: true, ALPNProtocols };
    const secure = new tls.TLSSocket(raw, context);
    secure.on('error', quiet);
    (protocol === 'http2' ? proxyHttp2 : answerHttp1)(secure, raw);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  return {
    origin: `${protocol === 'http' ? 'http' : 'https'}://127.0.0.1:${port}`,
    play: (next, how) => {
      [answer, damage] = [next, how];
      carried = new Map();
      silenced = new WeakSet();
    },
    carried: () => Math.max(0, ...carried.values()),
    drop: () => {
      for (const raw of connections) raw.destroy();
    },
    close: () => {
      for (const raw of connections) raw.destroy();
      server.close();
      origin.close();
    },
  };
}

export function http1BytesOf({ status, headers, pieces, framing }: Answer): Buffer {
  const body = Buffer.concat(pieces);
  const length = typeof framing === 'number' ? framing : body.length;
  const framed = {
    chunked: 'transfer-encoding: chunked\r\n',
    close: 'connection: close\r\n',
    length: `content-length: ${length}\r\n`,
  };
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const end = typeof framing === 'number' ? framed.length : framed[framing];
  const head = Buffer.from(`HTTP/1.1 ${status} Status\r\n${lines}${end}\r\n`, 'latin1');
  if (framing !== 'chunked') return Buffer.concat([head, body]);
  const chunks = pieces
    .filter(({ length }) => length > 0)
    .flatMap((piece) => [Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]);
  return Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')]);
}

const CRLF = Buffer.from('\r\n');

function answerHttp2(stream: http2.ServerHttp2Stream, answer: Answer): void {
  const { status, headers, pieces, framing, ending } = answer;
  const fields: http2.OutgoingHttpHeaders = { ':status': status };
  for (const [name, value] of headers) fields[name] = value;
  const length = Buffer.concat(pieces).length;
  if (framing !== 'chunked' && framing !== 'close')
    fields['content-length'] = String(framing === 'length' ? length : framing);
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-trailer': 'end' }));
  stream.respond(fields, { waitForTrailers: ending.kind === 'trailers' });
  // A status without a body has already ended its stream.
  if (stream.writableEnded) return;
  for (const piece of pieces) stream.write(piece);
  switch (ending.kind) {
    case 'reset':
      return void stream.write('', () => stream.close(ending.code));
    case 'goaway':
      return void stream.write('', () => {
        stream.session?.goaway(ending.code);
        stream.session?.close();
      });
    case 'destroy':
      return void stream.write('', () => stream.session?.destroy());
    default:
      stream.end();
  }
}
