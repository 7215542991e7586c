import { describe, expect, it } from 'vitest';
import { staticReply } from '../../../functions/http/static-files.ts';

const files = new Map(
  ['index.html', 'index.html.br', 'index.html.gz', 'portal.ABCD2345.js', 'secret'].map((name) => [
    name,
    Buffer.from(`content of ${name}`),
  ]),
);
const ask = (name: string, headers: Record<string, string> = {}, method = 'GET') =>
  staticReply(files, name, { method, headers: new Headers(headers) });
const headersOf = ({ headers }: ReturnType<typeof ask>) => headers as Record<string, string>;
const textOf = ({ body }: ReturnType<typeof ask>) => String(body);

describe('a static file', () => {
  it('with a hash in its name is cached for ever, the document is revalidated each time', () => {
    const script = ask('portal.ABCD2345.js');
    expect(headersOf(script)).toMatchObject({
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'public, max-age=31536000, immutable',
    });
    expect(headersOf(ask(''))['Cache-Control']).toBe('no-cache');
  });

  it('is sent in an encoding that the browser accepts', () => {
    const encoded = ask('index.html', { 'accept-encoding': 'gzip, br' });
    expect(headersOf(encoded)).toMatchObject({ 'Content-Encoding': 'br', Vary: 'Accept-Encoding' });
    expect(textOf(encoded)).toBe('content of index.html.br');
    expect(textOf(ask('index.html', { 'accept-encoding': 'gzip' }))).toContain('.gz');
    expect(textOf(ask('index.html'))).toBe('content of index.html');
  });

  it('that the browser has cached is not sent again', () => {
    const { ETag = '' } = headersOf(ask(''));
    for (const known of [ETag, `W/${ETag}`, `"x", ${ETag}`])
      expect(ask('', { 'if-none-match': known })).toMatchObject({ status: 304 });
    expect(ask('', { 'if-none-match': '"x"' }).status).toBe(200);
  });

  it('has no body in the reply to HEAD', () => {
    expect(ask('', {}, 'HEAD')).toMatchObject({ status: 200 });
    expect(ask('', {}, 'HEAD')).not.toHaveProperty('body');
  });
});

it('every view of the page returns the document', () => {
  for (const view of ['', 'connectors/contoso', 'connectors/contoso/activity', 'secret'])
    expect(textOf(ask(view))).toBe('content of index.html');
});

it('an unknown name returns 404, however it is written', () => {
  for (const name of ['nothing.js', '../secret', '..%2fsecret', 'a/../../secret.js', '.env'])
    expect(ask(name)).toMatchObject({ status: 404 });
  // A file without a known type is not served under its own name.
  expect(ask('index.html.br').status).toBe(404);
});
