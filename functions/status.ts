/** The status of a connector over HTTP, and which time it has covered. */

import * as z from 'zod';
import { clip, coverageOf } from '../shared/status/coverage.ts';
import { loadStatusInputs, readStatus } from '../shared/status/load-inputs.ts';
import type { TimeRange } from '../shared/time-ranges.ts';
import { instant } from './http/query-parameters.ts';
import { refused } from './http/read-query.ts';
import { route } from './http/route.ts';
import { connectorOf } from './http/target.ts';
import { connectorStatus, coverage } from './schemas/status.ts';

route('connector-status', {
  method: 'GET',
  path: 'api/connectors/{id}/status',
  role: 'Reader',
  summary: 'How a connector is doing: progress, lag, limit, counts, errors with remedies',
  replies: { 200: { description: 'The status.', schema: connectorStatus } },
  handle: async (request, { services }) => {
    const connector = await connectorOf(services, request.params.id);
    return { jsonBody: await readStatus(services, connector) };
  },
});

const iso = ({ fromMs, toMs }: TimeRange) => ({
  from: new Date(fromMs).toISOString(),
  to: new Date(toMs).toISOString(),
});

route('connector-coverage', {
  method: 'GET',
  path: 'api/connectors/{id}/coverage',
  role: 'Reader',
  summary: 'Which time has been read completely, and which is known to be lost',
  query: z.object({ from: instant.optional(), to: instant.optional() }),
  replies: { 200: { description: 'The time covered.', schema: coverage } },
  handle: async (request, { services, query: { from, to } }) => {
    const connector = await connectorOf(services, request.params.id);
    const covered = coverageOf(await loadStatusInputs(services, connector));
    const all = [...covered.complete, ...covered.gaps];
    const within = {
      fromMs: from ?? Math.min(connector.connectedAtMs, ...all.map(({ fromMs }) => fromMs)),
      toMs: to ?? services.storageClock.nowMs(),
    };
    if (within.fromMs >= within.toMs)
      throw refused('from', 'is not before to', 'Send a from that is earlier than to.');
    const { complete, gaps } = clip(covered, within);
    return {
      jsonBody: {
        ...iso(within),
        complete: complete.map(iso),
        gaps: gaps.map((gap) => ({ ...iso(gap), reason: gap.reason })),
      },
    };
  },
});
