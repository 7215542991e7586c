/** Health for load balancers, without a key and without details. */
import { app } from '@azure/functions';
import { configRefusal } from '../shared/services.ts';
import { route } from './http/route.ts';
import { health } from './schemas/status.ts';

const PATH = 'api/health';
const refusal = configRefusal();

route('health', {
  method: 'GET',
  path: PATH,
  role: 'none',
  summary: 'Whether storage and vault can be reached, for load balancers',
  replies: {
    200: { description: 'Both can be reached.', schema: health },
    503: { description: 'At least one cannot be reached.', schema: health },
  },
  handle: async (_, { services }) => {
    const found = await services.health.check();
    return { status: found.status === 'ok' ? 200 : 503, jsonBody: found };
  },
});

/** The only function of an app whose settings are refused. */
if (refusal) {
  process.stderr.write(`${refusal.message}\n`);
  app.http('health', {
    methods: ['GET'],
    route: PATH,
    authLevel: 'anonymous',
    handler: async () => ({
      status: 503,
      headers: { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
      jsonBody: {
        status: 'unavailable',
        checks: [{ name: 'settings', ok: false, settings: refusal.settings }],
      },
    }),
  });
}
