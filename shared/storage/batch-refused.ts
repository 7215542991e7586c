/** A permanent refusal of a batch by Table Storage, because of its content. */
import { ProblemError } from '../errors.ts';
import { storageUnavailable } from './unavailable.ts';

/**
 * The service works, but refuses this batch permanently, because a row violates a rule of the service
 * (docs/azure.md, "Refused rows"). The batch has had no effect. For a caller that cannot set the row
 * aside, this is an error of the storage.
 */
export class BatchRefused extends ProblemError {
  /** The service's name of the rule, such as `PropertyValueTooLarge`. */
  readonly rule: string;

  constructor(rule: string, options?: ErrorOptions) {
    super(storageUnavailable('Table Storage does not take a row as it is.'), options);
    this.rule = rule;
  }
}
