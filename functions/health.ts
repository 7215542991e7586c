/** Health for load balancers, without a key and without details. */
import { route } from './http/route.ts';
import { health } from './schemas/status.ts';

route('health', {
  method: 'GET',
  path: 'api/health',
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
