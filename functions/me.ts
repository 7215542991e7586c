/** The caller, as the portal page sees it. */
import { VERSION } from '../shared/version.ts';
import { SIGN_IN_PATH, userOf } from './http/caller.ts';
import { route } from './http/route.ts';
import { me } from './schemas/me.ts';

route('me', {
  method: 'GET',
  path: 'api/me',
  role: 'none',
  summary: 'How callers are authorised, and which roles the signed-in user has',
  replies: { 200: { description: 'The user, or null without an authenticated user.', schema: me } },
  handle: async (request, { services: { config } }) => ({
    jsonBody: {
      authMode: config.authMode,
      user: userOf(request, config),
      ...(config.authMode === 'entra' ? { signInUrl: SIGN_IN_PATH } : {}),
      version: VERSION,
      eventRetentionDays: config.eventRetentionDays,
    },
  }),
});
