/** For load balancers: no key, no detail. */
import { getServices } from '../shared/services.ts';
import { route } from './http/route.ts';

route('health', {
  method: 'GET',
  path: 'api/health',
  role: 'none',
  handle: async () => {
    const health = await getServices().health.check();
    return { status: health.status === 'ok' ? 200 : 503, jsonBody: health };
  },
});
