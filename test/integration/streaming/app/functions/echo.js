import { app } from '@azure/functions';
import { incoming } from '../../../../../functions/http/incoming.ts';

const read = ({ headers, params }) => ({ headers: Object.fromEntries(headers), params });

app.http('echo', {
  methods: ['GET', 'POST'],
  route: 'things/{id}',
  authLevel: 'anonymous',
  handler: (request, { invocationId }) => ({
    jsonBody: {
      library: read(request),
      forwarded: read(incoming(request, invocationId, 'things/{id}')),
    },
  }),
});
