/**
 * A control endpoint for tests in other processes: the org's events and replies, and its faults.
 */
import { isDeliveryMode } from './event-hooks.ts';
import { addFault } from './faults.ts';
import { elementsOf } from './samples.ts';
import type { SideDoor } from './server.ts';

export const control: SideDoor = async (request, response, org, hooks) => {
  const url = new URL(request.url ?? '/', org.options.origin);
  const [, door, what] = url.pathname.split('/');
  if (door !== '__control') return false;
  const count = Number(url.searchParams.get('n') ?? 0);
  switch (what) {
    case 'truth':
      for (const { raw, publishedMs, persistedAtMs } of org.truth())
        response.write(`${JSON.stringify({ raw, publishedMs, persistedAtMs })}\n`);
      break;
    case 'stats':
      response.write(JSON.stringify({ answered: Object.fromEntries(org.answered) }));
      break;
    case 'append': {
      let text = '';
      for await (const chunk of request) text += chunk;
      for (const element of elementsOf(text)) {
        const publishedMs = Date.parse(JSON.parse(element).published);
        org.append(element, Number.isNaN(publishedMs) ? undefined : publishedMs);
      }
      break;
    }
    case 'limit':
      org.limiter.limitPerMinute = count;
      break;
    case 'spend':
      for (const token of org.options.tokens) org.limiter.spend(token, count, org.nowMs());
      break;
    case 'short-pages':
      org.options.shortPages = count > 0;
      break;
    case 'index-delay':
      org.options.indexDelayMs = count;
      break;
    case 'refuse-cursors':
      org.refuseCursors();
      break;
    case 'fail':
      if (
        !addFault(
          org,
          url.searchParams.get('fault') ?? '',
          Number(url.searchParams.get('times') ?? 1),
        )
      )
        response.statusCode = 404;
      break;
    case 'event-hooks': {
      const mode = url.searchParams.get('mode');
      if (isDeliveryMode(mode)) hooks.mode = mode;
      else response.statusCode = 404;
      break;
    }
    case 'heal':
      org.faults.length = 0;
      break;
    default:
      response.statusCode = 404;
  }
  response.end();
  return true;
};
