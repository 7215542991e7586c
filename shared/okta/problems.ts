/** Maps Okta's failures to the contract's codes, with a remedy for each (docs/errors.md). */
import type { OktaInnerError, Problem } from '../errors.ts';
import { firstValue } from './rate-limit.ts';
import type { Headers, UnreachableReason } from './transport.ts';

const SPELLING =
  'Check the spelling of the org: the host name is in the address bar of its Okta sign-in page.';

/** The start of a remedy when a run of the app had the problem. */
const RETRIED = 'The app retries.';
/** The same for a caller whose request changed nothing. */
const NOT_RETRIED = 'Nothing was changed. Try again in a minute.';

const UNREACHABLE: Record<UnreachableReason, Problem> = {
  'name-not-found': {
    code: 'OktaDomainNotFound',
    message: 'This host name does not exist.',
    target: 'domain',
    remedy: SPELLING,
  },
  'name-service': {
    code: 'OktaUnreachable',
    message: 'The DNS server did not answer for this host.',
    remedy:
      "Try again in a minute. If the error persists, check the DNS settings of the app's network.",
  },
  refused: {
    code: 'OktaUnreachable',
    message: 'The connection was refused.',
    remedy:
      'Check that outbound https (port 443) to the org is allowed from this app, then try again.',
  },
  reset: {
    code: 'OktaUnreachable',
    message: 'The connection was closed unexpectedly.',
    remedy:
      'Try again. If the error persists, look for a proxy or firewall that breaks the connection.',
  },
  tls: {
    code: 'OktaUnreachable',
    message: 'The secure connection (TLS) could not be established.',
    remedy:
      'Look for a proxy that inspects TLS with its own certificate, and exempt the org from it.',
  },
  'private-address': {
    code: 'NotAnOktaOrg',
    message: 'The host name resolves to a private address.',
    target: 'domain',
    remedy: "Use the org's own okta.com domain. Okta orgs have public addresses.",
  },
  timeout: {
    code: 'OktaTimeout',
    message: 'Okta did not answer in time.',
    remedy: 'Try again. If the error persists, look for a firewall that drops the connection.',
  },
  'cut-body': {
    code: 'OktaBadResponse',
    message: "Okta's response was truncated or damaged in transit.",
    remedy: `${RETRIED} If the error persists, look for a proxy between the app and Okta.`,
  },
  'too-large': {
    code: 'OktaBadResponse',
    message: 'The response is larger than any page of the System Log.',
    remedy: 'Check that the domain leads to Okta and not to another server.',
  },
  'headers-too-large': {
    code: 'OktaBadResponse',
    message: 'The headers of the response are larger than 64 KiB.',
    remedy: 'Look for a proxy that adds headers, or for an org with very long policies.',
  },
  'proxy-unreachable': {
    code: 'OktaUnreachable',
    message: 'The proxy of this network cannot be reached.',
    remedy: 'Check the setting HTTPS_PROXY, and whether the app can reach the proxy.',
  },
  'proxy-refused': {
    code: 'OktaUnreachable',
    message: 'The proxy of this network did not connect to this host.',
    remedy:
      'Check that the proxy allows https to the org, its user name and password in HTTPS_PROXY, and the spelling of the org. To reach the org without the proxy, add it to NO_PROXY.',
  },
  'not-http': {
    code: 'OktaBadResponse',
    message: 'The response is not valid HTTP.',
    remedy: `${RETRIED} If the error persists, look for a proxy between the app and Okta.`,
  },
};

export const problemOfUnreachable = (reason: UnreachableReason): Problem => UNREACHABLE[reason];

/** A 200 without a valid page of the log; `seen` describes the response. */
export const badResponse = (seen: string, innererror?: OktaInnerError): Problem => ({
  code: 'OktaBadResponse',
  message: `The response is not a valid page of the System Log: ${seen}.`,
  remedy: `${RETRIED} If the error persists, look for a proxy between the app and Okta.`,
  ...(innererror ? { innererror } : {}),
});

/**
 * A response with this status that Okta may not have sent: a page of a proxy or of a firewall. It has
 * neither Okta's error code nor Okta's request id (docs/okta.md, "Errors").
 */
export function foreignResponse(
  status: number,
  headers: Headers,
  body: Uint8Array,
): Problem | undefined {
  const { oktaErrorCode, oktaRequestId } = innerErrorOf(status, headers, body);
  // The body of an error may be lost in transit. Its media type then identifies the sender.
  const isLost = body.length === 0 && mediaTypeOf(headers) === 'application/json';
  if (oktaErrorCode || oktaRequestId || isLost) return undefined;
  return badResponse(`HTTP ${status} from another server than Okta`, { httpStatus: status });
}

/** The name was found before: its name server may have failed for a moment. */
export const NAME_LOST: Problem = {
  code: 'OktaUnreachable',
  message: 'The DNS server currently does not find this host name.',
  remedy: `${RETRIED} If the error persists, check the DNS settings of the app's network, and whether the org was renamed.`,
};

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The problem of any status other than 200. */
export function problemOfStatus(status: number, headers: Headers, body: Uint8Array): Problem {
  const innererror = innerErrorOf(status, headers, body);
  switch (status) {
    case 401:
      return {
        code: 'OktaTokenInvalid',
        message: 'Okta does not accept the token.',
        target: 'credential',
        remedy:
          'Create a new token in the Okta admin console under Security → API → Tokens, and give it to this connector. Tokens expire after 30 idle days, and with the account that created them.',
        innererror,
      };
    case 403:
      return {
        code: 'OktaPermissionDenied',
        message: 'The token may not read the System Log.',
        target: 'credential',
        remedy:
          "Give the token's owner a role that can read the System Log (Read-only Administrator is enough) under Security → Administrators, and check the token's network zone under Security → API → Tokens.",
        innererror,
      };
    case 404:
      return {
        code: 'OktaDomainNotFound',
        message: 'There is no Okta org under this name.',
        target: 'domain',
        remedy: SPELLING,
        innererror,
      };
    case 429:
      return {
        code: 'OktaThrottled',
        message: "Okta's rate limit is reached.",
        remedy:
          'No action is needed: requests resume after the limit is reset. Other tools share the limit; see Reports → Rate Limits in the Okta admin console.',
        innererror,
      };
  }
  if (status >= 500) {
    return {
      code: 'OktaServerError',
      message: 'Okta answered with a server error.',
      remedy: `${RETRIED} See status.okta.com for known incidents.`,
      innererror,
    };
  }
  const seen = REDIRECTS.has(status) ? `a redirect (HTTP ${status})` : `HTTP ${status}`;
  return badResponse(seen, innererror);
}

/** The problem in the reply to a request: the app retries its own runs, not the request of a caller. */
export const forCaller = (problem: Problem): Problem =>
  problem.remedy?.startsWith(RETRIED)
    ? { ...problem, remedy: problem.remedy.replace(RETRIED, NOT_RETRIED) }
    : problem;

/** A 429 for a caller that waits for the reply, with the time of a retry. */
export function askAgainIn(problem: Problem, waitMs: number): Problem {
  const retryAfterSeconds = Math.ceil(waitMs / 1000);
  const remedy = `Try again in ${retryAfterSeconds} seconds. Other tools share the limit; see Reports → Rate Limits in the Okta admin console.`;
  return { ...problem, remedy, retryAfterSeconds };
}

/** The media type of a response, in lower case and without parameters. */
export const mediaTypeOf = (headers: Headers): string | undefined =>
  firstValue(headers, 'content-type')?.split(';')[0]?.trim().toLowerCase();

/** The details of Okta's response that are safe to show: status, error code and request id. */
export function innerErrorOf(status: number, headers: Headers, body: Uint8Array): OktaInnerError {
  const oktaErrorCode = errorCodeOf(body);
  const requestId = firstValue(headers, 'x-okta-request-id');
  return {
    httpStatus: status,
    ...(oktaErrorCode ? { oktaErrorCode } : {}),
    ...(requestId && /^[\w-]{1,100}$/.test(requestId) ? { oktaRequestId: requestId } : {}),
  };
}

function errorCodeOf(body: Uint8Array): string | undefined {
  if (body.length === 0 || body.length > 64 * 1024) return undefined;
  try {
    const { errorCode } = JSON.parse(Buffer.from(body).toString()) ?? {};
    return /^E\d{7}$/.test(errorCode) ? errorCode : undefined;
  } catch {
    return undefined;
  }
}
