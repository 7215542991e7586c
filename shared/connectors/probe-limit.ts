/**
 * The rate limit of probes: however often callers request them, probes never use the customer's reserve
 * (docs/architecture.md, "Governor").
 */
import type { Deps } from '../deps.ts';
import type { Problem } from '../errors.ts';
import { seedGovernor } from '../ingest/run.ts';
import { floorOf, type Sender, waitBeforeSendMs } from '../okta/governor.ts';
import type { RateLimit } from '../okta/rate-limit.ts';

export type LimitDeps = Pick<
  Deps,
  'config' | 'connectors' | 'governor' | 'status' | 'storageClock'
>;

/** A probe counts as one request in addition to the connector's chains. */
const PROBE: Sender = {
  kind: 'live',
  firstOfRun: false,
  chains: 1,
  liveBehind: false,
  pollIntervalMs: 0,
};

export interface ProbeLimit {
  /** 0 when a probe may be sent now; the probe is then counted as sent. */
  waitMs: number;
  /** Records the limit of the reply for the next probe and for the connector's runs. */
  saw(rate: RateLimit, refused?: 'refused'): Promise<void>;
}

/**
 * The limit is stored with the org's connector. For an org without a connector, it is kept in this
 * process.
 */
export async function probeLimit(deps: LimitDeps, orgId: string): Promise<ProbeLimit> {
  const { config, connectors, governor, status, storageClock } = deps;
  const id = await connectors.holderOf(orgId);
  const holder = id === undefined ? undefined : (await connectors.get(id))?.connector;
  // No connector has such an id.
  const key = holder?.id ?? `org ${orgId}`;
  if (holder) seedGovernor(deps.governor, holder.id, (await deps.status.known(holder)).rate);
  const { rateLimitReservePercent } = config;
  const nowMs = storageClock.nowMs();
  const seen = governor.seen(key);
  const waitMs = waitBeforeSendMs(seen, PROBE, undefined, nowMs, rateLimitReservePercent);
  if (waitMs === 0 && seen)
    governor.sending(key, floorOf(seen.limit, PROBE.chains, rateLimitReservePercent), nowMs);
  return {
    waitMs,
    saw: async (rate, refused) => {
      governor.saw(key, { ...rate, seenAtMs: storageClock.nowMs() }, refused);
      const now = governor.seen(key);
      if (holder && now) await status.saw(holder, now);
    },
  };
}

export const BELOW_FLOOR: Problem = {
  code: 'OktaThrottled',
  message: "The rest of Okta's limit in this minute is reserved for other tools.",
};
