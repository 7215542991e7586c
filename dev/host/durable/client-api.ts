/** The HTTP endpoints that the durable client library calls, on a separate loopback port. */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import type { TypedData } from '../base/functions.ts';
import { log } from '../base/log.ts';
import type { DurableEngine } from './engine.ts';
import { type Instance, isActive } from './instances.ts';

export interface ClientApi {
  /** The value of the durable client binding. */
  binding(): TypedData;
  close(): void;
}

interface Reply {
  status: number;
  body?: unknown;
}

const MISSING: Reply = { status: 404 };
const FORBIDDEN: Reply = { status: 403 };

export async function serveClientApi(engine: DurableEngine, hubName: string): Promise<ClientApi> {
  const server = http.createServer(async (request, response) => {
    try {
      // Only the library may call this server. A browser sends an `Origin` header, so such requests are
      // refused.
      const foreign = request.headers.origin !== undefined;
      const { status, body } = foreign ? FORBIDDEN : await answer(engine, request);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    } catch (error) {
      log('error', 'durable', `a call of the durable client failed: ${String(error)}`);
      response.writeHead(500).end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const rpcBaseUrl = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/durabletask/`;
  const data = {
    taskHubName: hubName,
    baseUrl: rpcBaseUrl,
    rpcBaseUrl,
    requiredQueryStringParameters: '',
    creationUrls: { createNewInstancePostUri: `${rpcBaseUrl}orchestrators/{functionName}` },
    managementUrls: { id: 'INSTANCEID', statusQueryGetUri: `${rpcBaseUrl}instances/INSTANCEID` },
  };
  return {
    binding: () => ({ string: JSON.stringify(data) }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(engine: DurableEngine, request: http.IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [, , collection, one = '', verb, event = ''] = url.pathname
    .split('/')
    .map(decodeURIComponent);
  const body = await readText(request);
  if (request.method === 'POST' && collection === 'orchestrators') {
    const id = verb || crypto.randomUUID();
    const started = await engine.startNew(id, one, body === '' ? null : JSON.parse(body));
    if (started) return { status: 202, body: { id } };
    return { status: 409, body: `An Orchestration instance with the id ${id} is running.` };
  }
  if (collection !== 'instances') return MISSING;
  if (one === '') return request.method === 'DELETE' ? await purgeBy(engine, url) : MISSING;

  const stored = await engine.instances.get(one);
  if (!stored) return MISSING;
  const { instance } = stored;
  if (request.method === 'GET')
    return { status: isActive(instance) ? 202 : 200, body: statusOf(instance) };
  if (request.method === 'DELETE') {
    if (isActive(instance)) return { status: 412 };
    await engine.instances.remove(one);
    return { status: 200, body: { instancesDeleted: 1 } };
  }
  if (!isActive(instance)) return { status: 410 };
  if (verb === 'terminate')
    await engine.signal(instance, { kind: verb, reason: url.searchParams.get('reason') ?? '' });
  else if (verb === 'suspend' || verb === 'resume') await engine.signal(instance, { kind: verb });
  else if (verb === 'raiseEvent')
    await engine.signal(instance, { kind: 'raised', name: event, input: body || 'null' });
  else return MISSING;
  return { status: 202 };
}

async function purgeBy(engine: DurableEngine, { searchParams }: URL): Promise<Reply> {
  const from = searchParams.get('createdTimeFrom') ?? '';
  const to = searchParams.get('createdTimeTo') ?? '9999';
  const statuses = searchParams.get('runtimeStatus')?.split(',') ?? [];
  let instancesDeleted = 0;
  for await (const { instance } of engine.instances.list()) {
    const { createdTime, runtimeStatus, instanceId } = instance;
    const wanted = statuses.length === 0 || statuses.includes(runtimeStatus);
    if (isActive(instance) || !wanted || createdTime < from || createdTime > to) continue;
    await engine.instances.remove(instanceId);
    instancesDeleted++;
  }
  return { status: 200, body: { instancesDeleted } };
}

/** The fields from which the library builds its status object. */
function statusOf({ executionId: _, history: __, ...status }: Instance): object {
  return status;
}

async function readText(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
