/** Parses a pasted domain to an allowed host (docs/okta.md, "Okta domains"). */
import { isIP } from 'node:net';
import type { ErrorCode } from '../errors.ts';
import { unwrapped } from '../pasted-text.ts';
import { type Refusal, type Result, refused, succeeded } from '../result.ts';

/** Okta's own suffixes (docs/okta.md, "Okta domains"). */
const OKTA_SUFFIXES = ['okta.com', 'oktapreview.com', 'okta-emea.com', 'okta-gov.com', 'okta.mil'];

export interface DomainRules {
  /** Exact custom hosts (`OKTA_ALLOWED_DOMAINS`). */
  oktaAllowedDomains: readonly string[];
  /** Exact origins, for development (`OKTA_TEST_ORIGINS`). */
  oktaTestOrigins: readonly string[];
}

export interface OktaDomain {
  /** The host; `host:port` of a test origin. */
  host: string;
  origin: string;
  /** A custom domain is accepted only when the org's own well-known document confirms it. */
  custom: boolean;
}

/** Placeholders from Okta's documentation. */
const PLACEHOLDERS = ['youroktadomain', 'yourdomain', 'yourorg', 'yoursubdomain'];
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

export function parseOktaDomain(input: string, rules: DomainRules): Result<OktaDomain> {
  const text = unwrapped(input).toLowerCase();
  const test = rules.oktaTestOrigins.find((origin) => withoutTail(text) === new URL(origin).host);
  if (test !== undefined)
    return succeeded({ host: new URL(test).host, origin: test, custom: false });

  if (text.startsWith('http://')) return invalid('It must be reached over https.');
  const host = withoutTail(text.replace(/^https:\/\//, '')).replace(/\.$/, '');
  const labels = host.split('.');
  if (/\s/.test(host)) return invalid('It contains white space.');
  if (/[@:]/.test(host)) return invalid('It must not hold a port or a user name.');
  if (isIP(host)) return invalid('It must be a name, not an IP address.');
  if (labels.length < 2 || host.length > 253 || !labels.every((label) => LABEL.test(label)))
    return invalid('It is not a host name.');
  // Okta's own libraries also refuse these two pasting mistakes (docs/okta.md, "Okta domains").
  if (host.includes('.com.com')) return invalid('It ends in .com twice.');
  if (PLACEHOLDERS.includes(host.replaceAll('-', '').split('.')[0] ?? ''))
    return invalid('It is a placeholder, not the name of an org.');

  const suffix = OKTA_SUFFIXES.find((one) => host.endsWith(`.${one}`));
  if (suffix === undefined) {
    const allowed = rules.oktaAllowedDomains.includes(host);
    return allowed ? accepted(host, true) : DOMAIN_NOT_ALLOWED;
  }
  const org = host.slice(0, -suffix.length - 1);
  if (org.split('.')[0]?.endsWith('-admin')) return ADMIN_DOMAIN;
  return accepted(host, false);
}

/** Removes path, query and fragment, which are part of a pasted page address. */
const withoutTail = (text: string): string => text.replace(/[/?#].*$/s, '');

const accepted = (host: string, custom: boolean) =>
  succeeded({ host, origin: `https://${host}`, custom });

const problem = (code: ErrorCode, message: string, remedy: string): Refusal =>
  refused({ code, message, target: 'domain', remedy });

const invalid = (why: string): Refusal =>
  problem(
    'InvalidDomain',
    `The domain cannot be used. ${why}`,
    'Send the host name of the org alone, such as contoso.okta.com.',
  );

const ADMIN_DOMAIN = problem(
  'AdminDomain',
  "This is the address of the org's admin console, not of the org.",
  'Send the same host name without -admin, such as contoso.okta.com.',
);

const DOMAIN_NOT_ALLOWED = problem(
  'DomainNotAllowed',
  `The domain is not under ${OKTA_SUFFIXES.join(', ')}.`,
  "Use the org's own okta.com domain. To allow a custom domain, add its exact host name to the setting OKTA_ALLOWED_DOMAINS.",
);
