/** Takes in a delivery that may be believed: checks what it asks for, and records it. */
import type { Deps } from '../deps.ts';
import { OPERATION_TYPES } from '../enumerations.ts';
import type { Problem } from '../errors.ts';
import { parseOktaDomain } from '../okta/domain.ts';
import { type Result, refused, succeeded } from '../result.ts';
import type { Envelope } from './envelope.ts';
import { type Operation, parseOperation } from './operation.ts';
import { recordDelivery } from './record.ts';

/** By how much a sender's clock may be ahead. */
const TOLERANCE_MS = 5 * 60_000;

/** What the delivery asks for, once it is recorded. `caller` names the door that it came through. */
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
  // Before it is stored: people paste tokens into the wrong field.
  const { domain } = operation.body;
  const checked = typeof domain === 'string' ? parseOktaDomain(domain, deps.config) : undefined;
  if (checked && !checked.ok) return checked;
  const problem = await recordDelivery(deps, caller, envelope, operation);
  return problem ? refused(problem) : succeeded(operation);
}

/** It would keep every delivery of the time until then from being applied. */
const NOT_YET: Problem = {
  code: 'InvalidRequest',
  message: 'The time of the delivery is in the future.',
  target: 'time',
  remedy: 'Send the time at which it happened, and check the clock of the sender.',
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
