/** Orgs of a fault matrix: faults are selected by name, and can be removed. */
import { addFault, FAULTS } from '../../dev/demo-org/faults.ts';
import type { Fault, OrgRequest } from '../../dev/demo-org/org.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { register, type Stack, until } from './stack.ts';

/**
 * Waits until the connector has this status. Polls slowly, because many connectors are watched at once.
 */
export const untilStatus = (
  host: Pick<Stack, 'call'>,
  id: string,
  what: string,
  holds: (status: any) => boolean,
) =>
  until(
    `${id} ${what}`,
    async () => {
      const { body } = await host.call('GET', `/api/connectors/${id}/status`);
      return holds(body) ? body : undefined;
    },
    500,
  );

/** Ignores an error from before live polling's last success: a waiting backfill may still show it. */
export const untilWell = (host: Pick<Stack, 'call'>, id: string) =>
  untilStatus(host, id, 'to be well', ({ status, lastError, live }) => {
    return status === 'Connected' && !(lastError?.at > live.lastSuccessAt);
  });

/** Registers an org; the registration must succeed. */
export async function connect(
  host: Pick<Stack, 'call'>,
  id: string,
  org: OrgServer,
  more: object = {},
): Promise<void> {
  const { status, body } = await register(host, id, org, more);
  if (status !== 201) throw new Error(`${id} was not registered: ${status} ${body?.error?.code}`);
}

const isOfLog = ({ url }: OrgRequest) => url.startsWith('/api/v1/logs');

/** A probe reads one event of the log: in a registration, in a test, or when a connector is enabled. */
export const isProbe = (request: OrgRequest) =>
  isOfLog(request) && /[?&]limit=1(&|$)/.test(request.url);

/** A page request of a chain. */
export const isPage = (request: OrgRequest) => isOfLog(request) && !isProbe(request);

/** From now on every matching request fails in this way, until `heal`. */
export function failWith({ org }: OrgServer, name: string, matches = isPage): void {
  const answer = FAULTS[name]?.(org);
  if (!answer) throw new Error(`there is no fault ${name}`);
  org.faults.push({ matches, times: Number.POSITIVE_INFINITY, answer });
}

/** The next `times` requests for the log fail in this way. */
export function failTimes({ org }: OrgServer, name: string, times: number): void {
  if (!addFault(org, name, times)) throw new Error(`there is no fault ${name}`);
}

export function heal({ org }: OrgServer): void {
  org.faults.length = 0;
}

/** Delays the replies to these requests; `arrived` settles with the first request. */
export function holdBack({ org }: OrgServer, matches: (request: OrgRequest) => boolean) {
  const first = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const urls: string[] = [];
  const fault: Fault = {
    matches,
    times: Number.POSITIVE_INFINITY,
    answer: ({ url }, proper) => {
      first.resolve();
      urls.push(url);
      return { ...proper(), heldUntil: free.promise };
    },
  };
  org.faults.push(fault);
  return {
    arrived: first.promise,
    /** The requests. */
    urls,
    /** Stops delaying, and releases the delayed replies. */
    release: () => {
      fault.times = 0;
      free.resolve();
    },
  };
}

let appended = 0;

/** Adds an event that happens now. Returns its raw text. */
export function happen({ org }: OrgServer, more = ''): string {
  const published = new Date(org.nowMs()).toISOString();
  const raw = `{ "uuid":"happened-${++appended}", "published":"${published}", "n":1.50${more} }`;
  org.append(raw, Date.parse(published));
  return raw;
}
