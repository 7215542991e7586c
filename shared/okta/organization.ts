/**
 * Finds the org of a domain by its well-known document, without a token, and the hosts that the
 * token may be sent to later (docs/architecture.md, "Outbound safety"): the registered host, and
 * its alternate host when the documents of both name each other with the same org id.
 */
import * as z from 'zod';
import type { Problem } from '../errors.ts';
import { parseJson } from '../parse-json.ts';
import { type Result, refused, succeeded } from '../result.ts';
import { type DomainRules, type OktaDomain, parseOktaDomain } from './domain.ts';
import {
  askAgainIn,
  badResponse,
  innerErrorOf,
  problemOfStatus,
  problemOfUnreachable,
} from './problems.ts';
import { dateOf, throttleWaitMs } from './rate-limit.ts';
import type { OktaAccess } from './transport.ts';

const PATH = '/.well-known/okta-organization';
const TIMEOUT_MS = 8_000;
const PROXY_AUTHENTICATION_REQUIRED = 407;

export interface FoundOrganization {
  orgId: string;
  /** The org's own URL under an Okta suffix. */
  orgUrl: string;
  /** The hosts that the token may be sent to. */
  hosts: string[];
  /** Okta's time. */
  dateMs: number;
}

const link = z.object({ href: z.url() });
const document = z.object({
  id: z.string().regex(/^\w{1,64}$/),
  _links: z.object({ organization: link, alternate: link.optional() }),
});

interface Organization {
  orgId: string;
  organizationOrigin: string;
  alternateOrigin: string | undefined;
  dateMs: number;
}

export async function findOrganization(
  access: OktaAccess,
  domain: OktaDomain,
  rules: DomainRules,
  signal?: AbortSignal,
): Promise<Result<FoundOrganization>> {
  const own = await readDocument(access, domain.origin, signal);
  if ('code' in own) return refused(own);
  const names = [own.organizationOrigin, own.alternateOrigin];
  if (!names.includes(domain.origin)) return refused(POINTS_ELSEWHERE);

  const { orgId, organizationOrigin: orgUrl, dateMs } = own;
  const foundWith = (hosts: string[]) => succeeded({ orgId, orgUrl, hosts, dateMs });
  const alone = foundWith([domain.host]);
  const other = names.find((origin) => origin !== undefined && origin !== domain.origin);
  if (other === undefined) return domain.custom ? refused(POINTS_ELSEWHERE) : alone;

  const verified = await isOtherName(access, other, domain, own, rules, signal);
  if (verified) return foundWith([domain.host, new URL(other).host]);
  // A custom domain is valid only with an Okta host that confirms it.
  return domain.custom ? refused(POINTS_ELSEWHERE) : alone;
}

/** Whether the document of the alternate host names the same org and the registered host. */
async function isOtherName(
  access: OktaAccess,
  origin: string,
  domain: OktaDomain,
  own: Organization,
  rules: DomainRules,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  // A custom alternate is on no list. A custom domain must not confirm another custom domain.
  const listed = {
    ...rules,
    oktaAllowedDomains: [...rules.oktaAllowedDomains, new URL(origin).host],
  };
  const parsed = parseOktaDomain(new URL(origin).host, listed);
  if (!parsed.ok || parsed.value.origin !== origin) return false;
  if (domain.custom && parsed.value.custom) return false;
  const other = await readDocument(access, origin, signal);
  if ('code' in other || other.orgId !== own.orgId) return false;
  const names = [other.organizationOrigin, other.alternateOrigin];
  return names.includes(domain.origin) && names.includes(origin);
}

async function readDocument(
  { transport, chance }: OktaAccess,
  origin: string,
  signal: AbortSignal | undefined,
): Promise<Organization | Problem> {
  const url = new URL(PATH, origin);
  const reply = await transport.send({ url, timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) });
  if (reply.kind === 'unreachable') return problemOfUnreachable(reply.reason);
  const { status, headers, body, receivedAtMs } = reply;
  const problem = problemOfStatus(status, headers, body);
  if (status === 429)
    return askAgainIn(problem, throttleWaitMs(headers, receivedAtMs, chance).waitMs);
  if (status === 404 || status >= 500) return problem;
  if (status === PROXY_AUTHENTICATION_REQUIRED)
    return badResponse(`HTTP ${status} from a proxy`, { httpStatus: status });
  const parsed =
    status === 200 ? document.safeParse(parseJson(Buffer.from(body).toString())) : undefined;
  if (!parsed?.success)
    return { ...NOT_AN_ORG, innererror: innerErrorOf(status, headers, new Uint8Array()) };
  const { organization, alternate } = parsed.data._links;
  return {
    orgId: parsed.data.id,
    organizationOrigin: new URL(organization.href).origin,
    alternateOrigin: alternate && new URL(alternate.href).origin,
    dateMs: dateOf(headers, receivedAtMs),
  };
}

const NOT_AN_ORG: Problem = {
  code: 'NotAnOktaOrg',
  message: 'The server under this name is not an Okta org.',
  target: 'domain',
  remedy: "Use the org's own okta.com domain, as in the address bar of its Okta sign-in page.",
};

const POINTS_ELSEWHERE: Problem = {
  code: 'NotAnOktaOrg',
  message: 'The Okta org under this name reports another name.',
  target: 'domain',
  remedy: "Use the org's own okta.com domain, as in the address bar of its Okta sign-in page.",
};
