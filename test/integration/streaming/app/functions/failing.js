import { app } from '@azure/functions';
import { orCutOff } from '../../../../../functions/http/or-cut-off.ts';

const failing = {
  thrown: async () => {
    throw new Error('on purpose');
  },
  'no-reply-at-all': async () => ({ headers: { 'x-broken': 'line\nbreak' } }),
};

for (const [name, reply] of Object.entries(failing))
  app.http(name, {
    methods: ['GET'],
    route: name,
    authLevel: 'anonymous',
    handler: (_request, context) => orCutOff(context, reply),
  });
