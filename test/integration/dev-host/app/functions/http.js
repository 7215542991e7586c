import { app } from '@azure/functions';

const show = (name) => async (request) => ({
  jsonBody: { function: name, params: request.params, body: await request.text() },
  headers: { 'X-Custom-Header': 'yes' },
});

// `a` comes first and swallows what `b` also matches.
app.http('a', { methods: ['GET'], route: 'jobs/{id}', authLevel: 'anonymous', handler: show('a') });
app.http('b', { methods: ['GET'], route: 'jobs/list', authLevel: 'anonymous', handler: show('b') });
app.http('c', { methods: ['PUT'], route: 'echo', authLevel: 'function', handler: show('c') });
app.http('d', {
  methods: ['GET'],
  route: 'files/{*rest}',
  authLevel: 'anonymous',
  handler: show('d'),
});
app.http('throws', {
  methods: ['GET'],
  route: 'throws',
  authLevel: 'anonymous',
  handler: () => {
    throw new Error('on purpose');
  },
});
app.http('nothing', {
  methods: ['GET'],
  route: 'nothing',
  authLevel: 'anonymous',
  handler: () => undefined,
});
app.http('query', {
  methods: ['GET'],
  route: 'query',
  authLevel: 'anonymous',
  handler: (request) => ({ jsonBody: { a: request.query.get('a') } }),
});
