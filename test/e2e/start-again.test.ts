/** `npm start` after a sudden end, in the user's own environment, and with Core Tools. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import type net from 'node:net';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { ROOT, type Stack, startStack, TOKEN, tempDir, until } from '../support/stack.ts';

const scratch = tempDir('start-again');
afterAll(() => fs.rmSync(scratch, { recursive: true }));

/** A process counts as ended even before its parent has reaped it. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return !/^(Z|$)/.test(stdout.trim());
}

describe('npm start after a sudden end', () => {
  const dataDir = path.join(scratch, 'data');
  const ports = path.join(dataDir, 'ports.json');
  let company: https.Server;
  let again: Stack | undefined;

  beforeAll(async () => {
    const made = await generate([{ name: 'commonName', value: 'Company CA' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    });
    fs.writeFileSync(path.join(scratch, 'company.pem'), made.cert);
    company = https.createServer({ cert: made.cert, key: made.private }, (_, response) =>
      response.end('{}'),
    );
    company.listen(0, '127.0.0.1');
    await once(company, 'listening');
  });
  afterAll(async () => {
    await again?.stop();
    company.close();
  });

  it("waits for remaining processes, and works behind a proxy with the user's certificates", async () => {
    const first = await startStack({ dataDir });
    const { children } = JSON.parse(fs.readFileSync(path.join(dataDir, 'running.json'), 'utf8'));
    await first.killStartAlone();
    fs.writeFileSync(ports, '{"vault":');

    const host = `127.0.0.1:${(company.address() as net.AddressInfo).port}`;
    // No server listens there: a request through the proxy fails.
    const proxy = `http://127.0.0.1:${await freePort()}`;
    again = await startStack({
      dataDir,
      env: {
        ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '', NODE_USE_ENV_PROXY: '1' },
        NODE_EXTRA_CA_CERTS: path.join(scratch, 'company.pem'),
        OKTA_TEST_ORIGINS: `https://${host}`,
      },
    });
    expect(Object.values<number>(children).filter(isRunning)).toEqual([]);
    expect(again.output()).toContain(`${ports} could not be read; new ports are chosen`);
    const { body } = await again.call('PUT', '/api/connectors/company', {
      domain: host,
      credential: { kind: 'apiToken', token: TOKEN },
    });
    // The company's server was reached over TLS, but is not an Okta org.
    expect(body.error.code).toBe('NotAnOktaOrg');
    expect(await again.stop()).toBe(0);
  });
});

describe('npm start --core-tools', () => {
  /** A stand-in for Core Tools that reports its start too early, and has a worker process. */
  const FUNC = `#!${process.execPath}
    const [folder, fs, http] = [${JSON.stringify(scratch)}, require('node:fs'), require('node:http')];
    if (process.env.IS_WORKER) {
      http.createServer((request, response) => {
        fs.appendFileSync(folder + '/asked', request.url + '\\n');
        response.writeHead(fs.existsSync(folder + '/healthy') ? 200 : 503).end();
      }).listen(Number(process.env.PORT), '127.0.0.1');
    } else {
      const worker = require('node:child_process').spawn(process.execPath, [__filename],
        { env: { ...process.env, IS_WORKER: '1' }, stdio: 'inherit' });
      fs.writeFileSync(folder + '/pids', JSON.stringify([process.pid, worker.pid]));
      console.log('Worker process started and initialized. Functions:');
    }`;
  let child: ChildProcess | undefined;

  beforeAll(() => {
    fs.mkdirSync(path.join(scratch, 'bin'));
    fs.writeFileSync(path.join(scratch, 'bin', 'func'), FUNC, { mode: 0o755 });
  });
  afterEach(() => void child?.kill('SIGKILL'));

  async function start(folders: string) {
    const args = ['--core-tools', '--no-build', '--no-demo', '--data-dir', `${scratch}/core-tools`];
    const started = spawn(process.execPath, [path.join(ROOT, 'dev', 'cli.mjs'), ...args], {
      env: { ...process.env, PORT: String(await freePort()), PATH: folders },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    let output = '';
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk;
      });
    return { child: started, output: () => output, exited: once(started, 'exit') };
  }

  const WITH_FUNC = `${path.join(scratch, 'bin')}${path.delimiter}${process.env.PATH}`;
  const pids = (): number[] => JSON.parse(fs.readFileSync(path.join(scratch, 'pids'), 'utf8'));
  const ready = (stack: Awaited<ReturnType<typeof start>>) =>
    until('the ready line', async () => /^ready /m.test(stack.output()) || undefined);

  it('is ready when the functions are healthy, and leaves no process running', async () => {
    const stack = await start(WITH_FUNC);
    const asked = path.join(scratch, 'asked');
    await until('the first question', async () => fs.existsSync(asked) || undefined);
    expect(stack.output()).not.toContain('ready ');
    fs.writeFileSync(path.join(scratch, 'healthy'), '');
    await ready(stack);
    expect(new Set(fs.readFileSync(asked, 'utf8').trim().split('\n'))).toEqual(
      new Set(['/api/health']),
    );
    stack.child.kill('SIGTERM');
    expect(await stack.exited).toEqual([0, null]);
    expect(pids().filter(isRunning)).toEqual([]);
  });

  it('leaves no process running after a kill -9 either', async () => {
    fs.writeFileSync(path.join(scratch, 'healthy'), '');
    const stack = await start(WITH_FUNC);
    await ready(stack);
    stack.child.kill('SIGKILL');
    await until('the end of all', async () => !pids().some(isRunning) || undefined);
  });

  it('reports when Core Tools are missing', async () => {
    const stack = await start(path.dirname(process.execPath));
    expect(await stack.exited).toEqual([1, null]);
    expect(stack.output()).toContain('"func" was not found');
  });
});
