/**
 * `npm run smoke -- https://<app>`: the final check of a deployment. It checks that the app is healthy,
 * refuses callers without a key and serves the portal page. With CONNECTOR_KEY in the environment it
 * also lists the connectors. It changes nothing.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const USAGE = `npm run smoke -- https://<app> [--within <seconds>]

  --within   how long the app may take to be healthy after its deployment (300)
  CONNECTOR_KEY   a function key in the environment: the connectors are listed as well`;

const RETRY_MS = 2_000;
const REQUEST_MS = 30_000;

interface Seen {
  status: number;
  headers: Headers;
  text: string;
}

async function get(
  origin: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const signal = AbortSignal.timeout(REQUEST_MS);
  const reply = await fetch(`${origin}${path}`, { headers, redirect: 'manual', signal });
  return { status: reply.status, headers: reply.headers, text: await reply.text() };
}

function wants(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
const wantsStatus = ({ status, text }: Seen, wanted: number) =>
  wants(status === wanted, `answered ${status}, not ${wanted}: ${text.slice(0, 300)}`);

/** A cold app, and roles that are new, take their time. */
async function healthy(origin: string, deadlineMs: number): Promise<void> {
  for (;;) {
    const seen = await get(origin, '/api/health').catch((error: Error) => error);
    if (!(seen instanceof Error) && seen.status === 200) return;
    if (Date.now() > deadlineMs) {
      if (seen instanceof Error) throw seen;
      wantsStatus(seen, 200);
    }
    await delay(RETRY_MS);
  }
}

/** The checks, by the fact that each proves. */
function checksOf(origin: string, withinSeconds: number): Record<string, () => Promise<void>> {
  const key = process.env.CONNECTOR_KEY;
  return {
    'it is healthy': () => healthy(origin, Date.now() + withinSeconds * 1000),
    'it describes its API': async () => {
      const seen = await get(origin, '/api/openapi.json');
      wantsStatus(seen, 200);
      const { openapi, paths } = JSON.parse(seen.text);
      wants(
        openapi.startsWith('3.1') && '/api/connectors/{id}' in paths,
        'the document is another',
      );
    },
    'it refuses a caller without a key': async () =>
      wantsStatus(await get(origin, '/api/connectors'), 401),
    'it refuses a webhook without a signature': async () => {
      const signal = AbortSignal.timeout(REQUEST_MS);
      const headers = { 'content-type': 'application/json' };
      const init = { method: 'POST', body: '{}', headers, signal };
      const { status } = await fetch(`${origin}/api/webhooks/portal`, init);
      wants(status === 401, `answered ${status}, not 401`);
    },
    'it serves the portal page, which loads nothing from elsewhere': async () => {
      const page = await get(origin, '/portal');
      wantsStatus(page, 200);
      const policy = page.headers.get('content-security-policy') ?? '';
      wants(policy.includes("default-src 'none'"), `its Content-Security-Policy is "${policy}"`);
      const sniff = page.headers.get('x-content-type-options');
      wants(sniff === 'nosniff', `its X-Content-Type-Options is "${sniff}"`);
      const script = /<script[^>]* src="([^"]+)"/.exec(page.text)?.[1];
      wants(script !== undefined, 'it has no script');
      wantsStatus(await get(origin, script as string), 200);
    },
    ...(key && {
      'it lists connectors to a caller with the key': async () =>
        wantsStatus(await get(origin, '/api/connectors', { 'x-functions-key': key }), 200),
    }),
  };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { within: { type: 'string', default: '300' } },
  });
  const origin = URL.parse(positionals[0] ?? '')?.origin;
  if (!origin || !/^\d+$/.test(values.within)) {
    console.error(USAGE);
    return 1;
  }
  let failed = 0;
  for (const [what, check] of Object.entries(checksOf(origin, Number(values.within)))) {
    const fault = await check().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (fault !== undefined) failed++;
    console.log(`${fault === undefined ? 'ok    ' : 'FAILED'} ${what}${fault ? `: ${fault}` : ''}`);
    // When the app does not run, the other checks would only repeat this result.
    if (fault !== undefined && what === 'it is healthy') break;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
