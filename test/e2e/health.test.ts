/** The health route for load balancers. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LOG_LINES, type LogLineKind } from '../../shared/log-lines.ts';
import { poisonQueueOf } from '../../shared/storage/names.ts';
import { POLL_QUEUE } from '../../shared/storage/queue.ts';
import { type Lab, startLab } from '../support/lab.ts';
import type { Verdict } from '../support/proxy.ts';
import { until } from '../support/stack.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await startLab([]);
});
afterEach(() => {
  for (const service of [lab.tables, lab.vault]) service.watcher = {};
});
afterAll(() => lab.close());

describe('health', () => {
  const found = (storage: boolean, vault: boolean) => ({
    status: storage && vault ? 'ok' : 'unavailable',
    checks: [
      { name: 'storage', ok: storage },
      { name: 'vault', ok: vault },
      { name: 'settings', ok: true },
    ],
  });
  /** A new host: results are cached for a while. */
  const healthOfNewHost = async (disturb: () => void) => {
    const fresh = await lab.startHost();
    disturb();
    const { status, body } = await fresh.call('GET', '/api/health');
    const again = await fresh.call('GET', '/api/health');
    // The age in the timer's check differs between hosts.
    const timer = body.checks.pop();
    again.body.checks.pop();
    return { status, body, timer, again };
  };

  it('is 200 without details, and checks once for all concurrent callers', async () => {
    let asked = 0;
    const { status, body, timer } = await healthOfNewHost(() => {
      lab.vault.watcher = {
        before: ({ path }) => {
          if (path.includes('/secrets/health')) asked++;
          return 'pass';
        },
      };
    });
    expect([status, body]).toEqual([200, found(true, true)]);
    expect(timer).toMatchObject({ name: 'timer', ok: true, oldestOverdueSeconds: 0 });
    expect(timer.lastTickSeconds).toBeLessThan(60);
    // The second request answers the vault's challenge.
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('is 503 while storage refuses every transaction', async () => {
    const { status, body } = await healthOfNewHost(() => {
      lab.tables.watcher = { before: ({ path }) => (path.endsWith('/$batch') ? 500 : 'pass') };
    });
    expect([status, body]).toEqual([503, found(false, true)]);
  });

  it.each([
    ['storage fails', 'tables', 500, false, true],
    ['the vault fails', 'vault', 403, true, false],
    ['storage hangs', 'tables', 'hang', false, true],
    ['the vault hangs', 'vault', 'hang', true, false],
  ] as const)(
    'is 503 while %s, and this result is cached',
    async (_what, name, how, storage, vault) => {
      const released = Promise.withResolvers<Verdict>();
      const { status, body, again } = await healthOfNewHost(() => {
        lab[name].watcher = { before: () => (how === 'hang' ? released.promise : how) };
      });
      // The reply came while the delayed request was still pending.
      released.resolve('lose');
      expect([status, body]).toEqual([503, found(storage, vault)]);
      lab[name].watcher = {};
      expect([again.status, again.body]).toEqual([status, body]);
    },
  );
});

describe('the log', () => {
  it('records each tick and a summary, including messages that have finally failed', async () => {
    const host = await lab.startHost();
    const poison = new QueueClient(lab.connectionString, poisonQueueOf(POLL_QUEUE));
    await poison.createIfNotExists();
    await poison.sendMessage('failed');
    await host.runTimer('housekeeping');
    const lineOf = (kind: LogLineKind) =>
      until(`a line ${kind}`, async () => {
        const text = new RegExp(`\\{"kind":"${kind}".*\\}`).exec(host.output())?.[0];
        return text === undefined ? undefined : LOG_LINES[kind].parse(JSON.parse(text));
      });
    expect(await lineOf('tick')).toMatchObject({ sent: 0 });
    expect(await lineOf('summary')).toMatchObject({ connectors: 0, poison: 1 });
  });

  it('is sent as metrics to a configured collector', async () => {
    const received: { path: string; body: any; key: unknown }[] = [];
    const collector = http.createServer(async (request, response) => {
      const body = await json(request);
      received.push({ path: request.url ?? '', body, key: request.headers['x-key'] });
      response.setHeader('content-type', 'application/json').end('{}');
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    const host = await lab.startHost({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=of the tests',
    });
    await host.runTimer('housekeeping');
    const metricsOf = ({ body }: { body: any }) => body.resourceMetrics[0].scopeMetrics[0].metrics;
    const found = await until('the metrics of a summary', async () =>
      received.find((one) => metricsOf(one).some(({ name }: any) => name === 'okta.lag.max')),
    );
    collector.closeAllConnections();
    collector.close();
    expect(found).toMatchObject({ path: '/v1/metrics', key: 'of the tests' });
    const attributes = found.body.resourceMetrics[0].resource.attributes;
    expect(attributes).toContainEqual({
      key: 'service.name',
      value: { stringValue: 'okta-connector' },
    });
    const poison = metricsOf(found).find(({ name }: any) => name === 'okta.poison_messages');
    expect(poison.gauge.dataPoints).toMatchObject([{ asDouble: 1 }]);
  });
});
