/**
 * The portal page (docs/portal.md): static files, without a key. The API requires the key or the role.
 * The root of the app redirects to the page.
 */
import { fileURLToPath } from 'node:url';
import { app } from '@azure/functions';
import { whenConfigured } from './host/settings.ts';
import { incoming } from './http/incoming.ts';
import { orCutOff } from './http/or-cut-off.ts';
import { readStaticFiles, type StaticFiles, staticReply } from './http/static-files.ts';

const ROUTE = 'portal/{*asset}';
/** An empty route would be the function's name (docs/azure.md, "The root of the app"). */
const ROOT_ROUTE = '{nothing:maxlength(0)?}';
const FOLDER = fileURLToPath(new URL('../portal/', import.meta.url));

/** Event texts may come from an attacker, so only content of this origin is loaded, run or framed. */
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** Loaded on the first request: most instances never serve the page. */
let files: Promise<StaticFiles> | undefined;

whenConfigured(() => {
  app.http('portal', {
    methods: ['GET', 'HEAD'],
    route: ROUTE,
    authLevel: 'anonymous',
    handler: async (forwarded, context) =>
      await orCutOff(context, async () => {
        const request = incoming(forwarded, context.invocationId, ROUTE);
        files ??= readStaticFiles(FOLDER);
        const name = request.url.pathname.replace(/^\/portal\/?/i, '');
        const reply = staticReply(await files, name, request);
        return { ...reply, headers: { ...reply.headers, ...HEADERS } };
      }),
  });
  app.http('root', {
    methods: ['GET', 'HEAD'],
    route: ROOT_ROUTE,
    authLevel: 'anonymous',
    handler: async () => ({ status: 302, headers: { ...HEADERS, Location: '/portal' } }),
  });
});
