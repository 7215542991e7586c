import { setImmediate } from 'node:timers/promises';
import { app } from '@azure/functions';
import { atReadersPace } from '../../../../../functions/http/readers-pace.ts';

app.setup({ enableHttpStream: true });

const CHUNK = new Uint8Array(64 * 1024);
const seen = { chunks: 0, over: false };

async function* chunks(count, fails) {
  Object.assign(seen, { chunks: 0, over: false });
  try {
    for (; seen.chunks < count; seen.chunks++) {
      await setImmediate();
      yield CHUNK;
    }
    if (fails) throw new Error('on purpose');
  } finally {
    seen.over = true;
  }
}

app.http('answer', {
  methods: ['GET'],
  route: 'answer',
  authLevel: 'anonymous',
  handler: (request, { invocationId }) => {
    const source = chunks(Number(request.query.get('chunks')), request.query.has('fails'));
    const tooLong = AbortSignal.timeout(Number(request.query.get('withinMs') ?? 60_000));
    return { body: ReadableStream.from(atReadersPace(invocationId, source, tooLong)) };
  },
});
app.http('seen', {
  methods: ['GET'],
  route: 'seen',
  authLevel: 'anonymous',
  handler: () => ({ jsonBody: seen }),
});
