/** What Table Storage refuses for what is in it. */
import { ProblemError } from '../errors.ts';
import { storageUnavailable } from './unavailable.ts';

/**
 * The service works, and will refuse this batch for ever: a row of it breaks a rule of the service
 * (docs/azure.md, "Refused rows"). Nothing of the batch has happened. To a caller who cannot set the row aside
 * it is a storage that does not do what is asked.
 */
export class BatchRefused extends ProblemError {
  /** The service's own word for the rule, such as `PropertyValueTooLarge`. */
  readonly rule: string;

  constructor(rule: string, options?: ErrorOptions) {
    super(storageUnavailable('Table Storage does not take a row as it is.'), options);
    this.rule = rule;
  }
}
