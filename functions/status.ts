/** The status and the coverage of a connector over HTTP. */
import * as z from 'zod';
import { isoTime } from '../shared/iso-time.ts';
import { clip, coverageOf } from '../shared/status/coverage.ts';
import { readStatus, readStatusInputs } from '../shared/status/read-status.ts';
import { instant } from '../shared/time.ts';
import type { TimeRange } from '../shared/time-ranges.ts';
import { rangeEnd, refuseEmptyRange } from './http/query-parameters.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { connectorStatus, coverage } from './schemas/status.ts';

route('connector-status', {
  method: 'GET',
  path: 'api/connectors/{id}/status',
  role: 'Reader',
  summary: 'The status of a connector: progress, lag, limit, counts, errors with remedies',
  replies: { 200: { description: 'The status.', schema: connectorStatus } },
  handle: async (request, { services }) => {
    const connector = await connectorOf(services, request.params.id);
    return { jsonBody: await readStatus(services, connector) };
  },
});

const rangeView = ({ fromMs, toMs }: TimeRange) => ({
  from: isoTime(fromMs),
  to: isoTime(toMs),
});

route('connector-coverage', {
  method: 'GET',
  path: 'api/connectors/{id}/coverage',
  role: 'Reader',
  summary: 'Coverage: time ranges that are complete, and known gaps',
  query: z.object({ from: instant.optional(), to: rangeEnd.optional() }),
  replies: { 200: { description: 'The coverage.', schema: coverage } },
  handle: async (request, { services, query: { from, to } }) => {
    const connector = await connectorOf(services, request.params.id);
    const covered = coverageOf(await readStatusInputs(services, connector));
    const all = [...covered.complete, ...covered.gaps, ...covered.wanted];
    const within = {
      fromMs: from ?? Math.min(connector.connectedAtMs, ...all.map(({ fromMs }) => fromMs)),
      toMs: to ?? services.storageClock.nowMs(),
    };
    refuseEmptyRange(within.fromMs, within.toMs);
    const { complete, gaps, wanted, open } = clip(covered, within);
    return {
      jsonBody: {
        ...rangeView(within),
        complete: complete.map(rangeView),
        gaps: gaps.map((gap) => ({ ...rangeView(gap), reason: gap.reason })),
        wanted: wanted.map(rangeView),
        open: open.map((slice) => ({ ...rangeView(slice), readTo: isoTime(slice.readToMs) })),
      },
    };
  },
});
