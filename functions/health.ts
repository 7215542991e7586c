/** For load balancers: no key, no detail. */
import { route } from './http/route.ts';
import { health } from './schemas/status.ts';

route('health', {
  method: 'GET',
  path: 'api/health',
  role: 'none',
  summary: 'Whether storage and vault can be reached, for load balancers',
  replies: {
    200: { description: 'Both can be reached.', schema: health },
    503: { description: 'One of them cannot.', schema: health },
  },
  handle: async (_, { services }) => {
    const found = await services.health.check();
    return { status: found.status === 'ok' ? 200 : 503, jsonBody: found };
  },
});
