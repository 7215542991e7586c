/** The one thing to do about an error of a connector, by its code. */
export type Remedy = 'replaceToken' | 'test' | 'editDomain' | 'fill';

const REMEDIES: Record<string, Remedy> = {
  OktaTokenInvalid: 'replaceToken',
  OktaPermissionDenied: 'test',
  OktaDomainNotFound: 'editDomain',
  NotAnOktaOrg: 'editDomain',
  OrgMismatch: 'editDomain',
  backfillFailed: 'fill',
  unreadable: 'fill',
};

export const remedyFor = (codeOrReason: string): Remedy => REMEDIES[codeOrReason] ?? 'test';

export const REMEDY_WORDS: Record<Remedy, string> = {
  replaceToken: 'Replace token…',
  test: 'Test now',
  editDomain: 'Edit domain…',
  fill: 'Fill the gap…',
};

/** Short words of the API for what is no error. */
const REASONS: Record<string, string> = {
  liveLate: 'Live polling is late.',
  backfillFailed: 'The last backfill has failed: a part of the history is missing.',
  noSuccess: 'No poll has succeeded for two hours.',
  unreadable: 'Okta fails on a stretch of the log again and again. It is tried again once a day.',
  StorageUnavailable: 'The storage account takes no writes now: nothing new is stored.',
  unreadableRow: 'A row of this connector in the storage cannot be read.',
};

export const reasonText = (reason: string | null): string | undefined =>
  reason === null ? undefined : REASONS[reason];

/** `contoso-admin.okta.com` is the admin console of `contoso.okta.com`. */
export const withoutAdmin = (domain: string): string => domain.trim().replace(/-admin(?=\.)/i, '');

/** The id of the connector that has the org already: `orgTaken` in shared/problems.ts names it. */
export const holderIn = (message: string): string | undefined =>
  /"([a-z0-9-]{1,40})"/.exec(message)?.[1];

/** A connector id made of its name: what is no letter or digit becomes a hyphen. */
export const idFor = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-+|-+$/g, '');

/** Where an error belongs that names no field. */
const FIELDS: Record<string, string> = {
  InvalidDomain: 'domain',
  AdminDomain: 'domain',
  DomainNotAllowed: 'domain',
  OktaDomainNotFound: 'domain',
  NotAnOktaOrg: 'domain',
  OrgAlreadyConnected: 'domain',
  OktaTokenInvalid: 'credential',
  OktaPermissionDenied: 'credential',
};

/** The field of the form that an error is about: `credential` also for `credential.token`. */
export const fieldOf = ({
  code,
  target,
}: {
  code: string;
  target?: string | undefined;
}): string | undefined => target?.split('.')[0] ?? FIELDS[code];
