/**
 * What can go wrong, as callers and operators see it: one code each, the HTTP status it is answered
 * with, and whether trying again by itself can help. The list is that of docs/errors.md.
 *
 * An expected failure travels as a `Problem`, a plain value. It is thrown (`ProblemError`) only
 * where a function has nothing left to do but answer with it.
 */

const CATALOGUE = {
  InvalidRequest: { httpStatus: 400, retryable: false },
  InvalidDomain: { httpStatus: 400, retryable: false },
  AdminDomain: { httpStatus: 400, retryable: false },
  DomainNotAllowed: { httpStatus: 400, retryable: false },
  OktaDomainNotFound: { httpStatus: 422, retryable: false },
  NotAnOktaOrg: { httpStatus: 422, retryable: false },
  OktaTokenInvalid: { httpStatus: 422, retryable: false },
  OktaPermissionDenied: { httpStatus: 422, retryable: false },
  OktaThrottled: { httpStatus: 503, retryable: true },
  OktaServerError: { httpStatus: 502, retryable: true },
  OktaTimeout: { httpStatus: 504, retryable: true },
  OktaUnreachable: { httpStatus: 502, retryable: true },
  OktaBadResponse: { httpStatus: 502, retryable: true },
  OrgAlreadyConnected: { httpStatus: 409, retryable: false },
  OrgMismatch: { httpStatus: 409, retryable: false },
  ConnectorDeleting: { httpStatus: 409, retryable: false },
  ConnectorNotFound: { httpStatus: 404, retryable: false },
  BackfillNotFound: { httpStatus: 404, retryable: false },
  ConnectorDisabled: { httpStatus: 409, retryable: false },
  BackfillAlreadyRunning: { httpStatus: 409, retryable: false },
  BackfillFinished: { httpStatus: 409, retryable: false },
  DeliveryConflict: { httpStatus: 409, retryable: false },
  RangeOutsideRetention: { httpStatus: 422, retryable: false },
  PayloadTooLarge: { httpStatus: 413, retryable: false },
  UnsupportedMediaType: { httpStatus: 415, retryable: false },
  PreconditionFailed: { httpStatus: 412, retryable: false },
  Unauthorized: { httpStatus: 401, retryable: false },
  Forbidden: { httpStatus: 403, retryable: false },
  CrossOriginRefused: { httpStatus: 403, retryable: false },
  VaultUnavailable: { httpStatus: 503, retryable: true },
  StorageUnavailable: { httpStatus: 503, retryable: true },
  InternalError: { httpStatus: 500, retryable: true },
} as const;

export type ErrorCode = keyof typeof CATALOGUE;
export const ERROR_CODES = Object.keys(CATALOGUE) as ErrorCode[];

/** What asking an Okta org can end in. */
export const OKTA_ERRORS = [
  'OktaDomainNotFound',
  'NotAnOktaOrg',
  'OktaTokenInvalid',
  'OktaPermissionDenied',
  'OktaThrottled',
  'OktaServerError',
  'OktaTimeout',
  'OktaUnreachable',
  'OktaBadResponse',
] as const satisfies ErrorCode[];

/** What Okta itself said, for support cases. Never a body, never a header that could hold a secret. */
export interface OktaInnerError {
  httpStatus?: number;
  oktaErrorCode?: string;
  oktaRequestId?: string;
}

/** One expected failure. `message` and `remedy` are safe to show: no internals, nothing submitted. */
export interface Problem {
  code: ErrorCode;
  message: string;
  /** What the reader should do next. */
  remedy?: string;
  /** The field or parameter at fault. */
  target?: string;
  innererror?: OktaInnerError;
  /** When trying again makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
}

export const httpStatusOf = (code: ErrorCode): number => CATALOGUE[code].httpStatus;
export const isRetryable = (code: ErrorCode): boolean => CATALOGUE[code].retryable;

/** Ends a request with a `Problem`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code}: ${problem.message}`, options);
    this.problem = problem;
  }
}
