/** Accepts an authenticated delivery: validates its operation, and records it. */
import type { Deps } from '../deps.ts';
import { OPERATION_TYPES } from '../enumerations.ts';
import type { Problem } from '../errors.ts';
import { parseOktaDomain } from '../okta/domain.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { Envelope } from './envelope.ts';
import { type Operation, parseOperation } from './operation.ts';
import { recordDelivery } from './record.ts';

/** The tolerance for a sender's clock that is ahead. */
const TOLERANCE_MS = 5 * 60_000;

/** The operation of the delivery, once it is recorded. `caller` names the route. */
export async function takeIn(
  deps: Deps,
  caller: string,
  parsed: Result<Envelope>,
): Promise<Result<Operation>> {
  if (!parsed.ok) return parsed;
  const envelope = parsed.value;
  if (envelope.sentAtMs > deps.clock.nowMs() + TOLERANCE_MS) return refused(NOT_YET);
  const read = parseOperation(envelope.type, envelope.data);
  if (!read.ok) return refused(notAllowed(read.target));
  const { operation } = read;
  // Checked before it is stored: the field could hold a token pasted by mistake.
  const domain = 'domain' in operation.data ? operation.data.domain : undefined;
  const checked = domain === undefined ? undefined : parseOktaDomain(domain, deps.config);
  if (checked && !checked.ok) return checked;
  const problem = await recordDelivery(deps, caller, envelope, operation);
  return problem ? refused(problem) : succeeded(operation);
}

/** A delivery from the future would supersede all deliveries until its time. */
const NOT_YET: Problem = {
  code: 'InvalidRequest',
  message: 'The time of the delivery is in the future.',
  target: 'time',
  remedy: "Send the time of the change, and check the sender's clock.",
};

const notAllowed = (target: string): Problem => ({
  code: 'InvalidRequest',
  message:
    target === 'type'
      ? 'The type of the delivery is not known.'
      : `The value of ${target} is not allowed.`,
  target,
  remedy:
    target === 'type'
      ? `Send one of ${OPERATION_TYPES.join(', ')}.`
      : 'Send {"id": …} and the body of the matching request.',
});
