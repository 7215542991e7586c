/**
 * The catalogue of errors for callers and operators: code, HTTP status, whether an automatic retry can
 * help, and whether an operator must repair the cause, for example with a new token, another role or
 * another domain. docs/errors.md lists the same codes.
 *
 * An expected failure is a `Problem`, a plain value. It is thrown (`ProblemError`) only when the
 * function cannot continue.
 */

const CATALOGUE = {
  InvalidRequest: { httpStatus: 400, retryable: false, needsOperator: false },
  InvalidDomain: { httpStatus: 400, retryable: false, needsOperator: false },
  AdminDomain: { httpStatus: 400, retryable: false, needsOperator: false },
  DomainNotAllowed: { httpStatus: 400, retryable: false, needsOperator: false },
  OktaDomainNotFound: { httpStatus: 422, retryable: false, needsOperator: true },
  NotAnOktaOrg: { httpStatus: 422, retryable: false, needsOperator: true },
  OktaTokenInvalid: { httpStatus: 422, retryable: false, needsOperator: true },
  OktaPermissionDenied: { httpStatus: 422, retryable: false, needsOperator: true },
  OktaThrottled: { httpStatus: 503, retryable: true, needsOperator: false },
  OktaServerError: { httpStatus: 502, retryable: true, needsOperator: false },
  OktaTimeout: { httpStatus: 504, retryable: true, needsOperator: false },
  OktaUnreachable: { httpStatus: 502, retryable: true, needsOperator: false },
  OktaBadResponse: { httpStatus: 502, retryable: true, needsOperator: false },
  OrgAlreadyConnected: { httpStatus: 409, retryable: false, needsOperator: false },
  OrgMismatch: { httpStatus: 409, retryable: false, needsOperator: false },
  ConnectorDeleting: { httpStatus: 409, retryable: false, needsOperator: false },
  ConnectorNotFound: { httpStatus: 404, retryable: false, needsOperator: false },
  BackfillNotFound: { httpStatus: 404, retryable: false, needsOperator: false },
  EventHookNotFound: { httpStatus: 404, retryable: false, needsOperator: false },
  EventNotFound: { httpStatus: 404, retryable: false, needsOperator: false },
  ConnectorDisabled: { httpStatus: 409, retryable: false, needsOperator: false },
  BackfillAlreadyRunning: { httpStatus: 409, retryable: false, needsOperator: false },
  BackfillFinished: { httpStatus: 409, retryable: false, needsOperator: false },
  DeliveryConflict: { httpStatus: 409, retryable: false, needsOperator: false },
  RangeOutsideRetention: { httpStatus: 422, retryable: false, needsOperator: false },
  PayloadTooLarge: { httpStatus: 413, retryable: false, needsOperator: false },
  UnsupportedMediaType: { httpStatus: 415, retryable: false, needsOperator: false },
  PreconditionFailed: { httpStatus: 412, retryable: false, needsOperator: false },
  Unauthorized: { httpStatus: 401, retryable: false, needsOperator: false },
  Forbidden: { httpStatus: 403, retryable: false, needsOperator: false },
  CrossOriginRefused: { httpStatus: 403, retryable: false, needsOperator: false },
  VaultUnavailable: { httpStatus: 503, retryable: true, needsOperator: false },
  StorageUnavailable: { httpStatus: 503, retryable: true, needsOperator: false },
  InternalError: { httpStatus: 500, retryable: true, needsOperator: false },
} as const;

export type ErrorCode = keyof typeof CATALOGUE;
export const ERROR_CODES = Object.keys(CATALOGUE) as ErrorCode[];

/** Errors of requests to an Okta org. */
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

/**
 * Details of Okta's response, for support cases. Never a body, never a header that could hold a
 * secret.
 */
export interface OktaInnerError {
  httpStatus?: number;
  oktaErrorCode?: string;
  oktaRequestId?: string;
}

/**
 * An expected failure. `message` and `remedy` are safe to show: no internals, no submitted values.
 */
export interface Problem {
  code: ErrorCode;
  message: string;
  /** The next step for the reader. */
  remedy?: string;
  /** The field or parameter at fault. */
  target?: string;
  innererror?: OktaInnerError;
  /** Time until a retry makes sense; becomes `Retry-After`. */
  retryAfterSeconds?: number;
}

/** A code of a later version counts as a defect. */
const entryOf = (code: ErrorCode) => CATALOGUE[code] ?? CATALOGUE.InternalError;

export const httpStatusOf = (code: ErrorCode): number => entryOf(code).httpStatus;
export const isRetryable = (code: ErrorCode): boolean => entryOf(code).retryable;
/** Whether an operator must repair the cause before another request to Okta can succeed. */
export const needsOperator = (code: ErrorCode): boolean => entryOf(code).needsOperator;

/** Ends a request with a `Problem`. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.code}: ${problem.message}`, options);
    this.problem = problem;
  }
}
