/** Orgs of a fault matrix: faults are selected by name, and can be removed. */
import { addFault, FAULTS } from '../../dev/demo-org/faults.ts';
import type { Fault, OrgRequest } from '../../dev/demo-org/org.ts';
import type { OrgServer } from '../../dev/demo-org/server.ts';
import { register, type Stack, until } from './stack.ts';

/** The status of a connector once it is so. Many are watched at once: not too often. */
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

/** An error from before the last success of live is the reason why a backfill still waits. */
export const untilWell = (host: Pick<Stack, 'call'>, id: string) =>
  untilStatus(host, id, 'to be well', ({ status, lastError, live }) => {
    return status === 'Connected' && !(lastError?.at > live.lastSuccessAt);
  });

/** Registers an org that has to be accepted. */
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

/**
 * A probe reads one event of the log: of a registration, of a test, when a connector is enabled.
 */
export const isProbe = (request: OrgRequest) =>
  isOfLog(request) && /[?&]limit=1(&|$)/.test(request.url);

/** A page request of a chain. */
export const isPage = (request: OrgRequest) => isOfLog(request) && !isProbe(request);

/** From now on every page is answered with this fault, until `heal`. */
export function failWith({ org }: OrgServer, name: string, matches = isPage): void {
  const answer = FAULTS[name]?.(org);
  if (!answer) throw new Error(`there is no fault ${name}`);
  org.faults.push({ matches, times: Number.POSITIVE_INFINITY, answer });
}

/** The next requests for the log are answered with this fault, so many times. */
export function failTimes({ org }: OrgServer, name: string, times: number): void {
  if (!addFault(org, name, times)) throw new Error(`there is no fault ${name}`);
}

export function heal({ org }: OrgServer): void {
  org.faults.length = 0;
}

/** Keeps the answers to these requests back; `arrived` settles with the first of them. */
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

/** An event that happens in the org now. Returns its raw text. */
export function happen({ org }: OrgServer, more = ''): string {
  const published = new Date(org.nowMs()).toISOString();
  const raw = `{ "uuid":"happened-${++appended}", "published":"${published}", "n":1.50${more} }`;
  org.append(raw, Date.parse(published));
  return raw;
}
