/** An org for the contest: no limit that anybody could reach, pages made before they are asked for. */
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
// The texts are made once, here: what is measured is not how fast they are made up.
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
