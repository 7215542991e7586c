/** An org for the contest: an unreachable rate limit, and pages that are built in advance. */
import { startOktaOrg } from '../dev/demo-org/server.ts';

const { events, latencyMs } = JSON.parse(process.argv[2] ?? '{}');
const DAYS = 60;

const { org, origin } = await startOktaOrg({
  seed: 7,
  bornAtMs: Date.now(),
  events,
  days: DAYS,
  trickleEventsPerMinute: 0,
  limitPerMinute: 1e9,
  orgId: '00oBench',
  tokens: ['bench'],
  nowMs: () => Date.now(),
});
// The texts are generated once, so that their generation is not measured.
for (const event of org.truth()) Object.assign(event, { text: event.raw });
const { log } = org;
for (const event of log.committed) event.text = log.rawOf(event);
if (latencyMs > 0) {
  const { handle } = org;
  org.handle = (request) => ({ ...handle.call(org, request), delayMs: latencyMs });
}
process.on('message', () => {
  const requests = [...org.answered.values()].reduce((sum, count) => sum + count, 0);
  process.send?.({ requests });
});
process.send?.({ ready: origin });
