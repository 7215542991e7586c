/**
 * The Bicep CLI, for checks of the templates in infra/ without Azure: Microsoft's NuGet package,
 * restored by the .NET SDK into NuGet's own cache. It is called over JSON-RPC, because its start is
 * more expensive than all calls.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const VERSION = '0.49.2';

interface Diagnostic {
  source: string;
  range: { start: { line: number } };
  level: string;
  code: string;
  message: string;
}
interface Reply {
  id: number;
  result?: Result;
  error?: { message: string };
}
/** The fields of all results that are used here: each is that of its method. */
interface Result {
  contents: string;
  diagnostics: Diagnostic[];
  snapshot: string;
}
type Environment = Record<string, string>;

/** The deployment that a snapshot is of. Nothing in Azure has these ids. */
const NOWHERE = {
  tenantId: '22222222-2222-2222-2222-222222222222',
  subscriptionId: '11111111-1111-1111-1111-111111111111',
  location: 'westeurope',
};

/** The CLI's file; undefined, and why, where it is not there and cannot be restored. */
export function bicepCli(): { file: string } | { missing: string } {
  if (process.env.BICEP_CLI) return { file: process.env.BICEP_CLI };
  const system = { linux: 'linux', darwin: 'osx', win32: 'win' }[process.platform as string];
  const name = `Azure.Bicep.CommandLine.${system}-${process.arch}`;
  const cache = process.env.NUGET_PACKAGES ?? path.join(os.homedir(), '.nuget', 'packages');
  const tools = path.join(cache, name.toLowerCase(), VERSION, 'tools');
  const file = path.join(tools, process.platform === 'win32' ? 'bicep.exe' : 'bicep');
  if (!fs.existsSync(file)) {
    const trouble = restore(name);
    if (trouble) return { missing: trouble };
  }
  if (process.platform !== 'win32') fs.chmodSync(file, 0o755);
  return { file };
}

function restore(name: string): string | undefined {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bicep-'));
  const project = `<Project Sdk="Microsoft.NET.Sdk">
    <PropertyGroup><TargetFramework>netstandard2.0</TargetFramework></PropertyGroup>
    <ItemGroup><PackageDownload Include="${name}" Version="[${VERSION}]" /></ItemGroup>
  </Project>`;
  try {
    fs.writeFileSync(path.join(folder, 'bicep.csproj'), project);
    execFileSync('dotnet', ['restore', folder], { stdio: 'pipe', timeout: 300_000 });
    return undefined;
  } catch (error) {
    const { code, stdout } = error as { code?: string; stdout?: Buffer };
    return code === 'ENOENT'
      ? 'the .NET SDK, which restores the Bicep CLI, is not installed'
      : `the Bicep CLI could not be restored: ${stdout}`;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** One process of the CLI. Its snapshots see `env` alone of all environment variables. */
export class Bicep {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #received = Buffer.alloc(0);
  #errors = '';
  #calls = 0;

  constructor(file: string, env: Environment) {
    const own = { PATH: process.env.PATH, HOME: os.homedir(), TMPDIR: os.tmpdir() };
    this.#process = spawn(file, ['jsonrpc', '--stdio'], { env: { ...own, ...env } });
    this.#process.stdout?.on('data', (data: Buffer) => this.#receive(data));
    this.#process.stderr?.on('data', (data: Buffer) => {
      this.#errors += data;
    });
    this.#process.once('close', () => {
      for (const [id, settle] of this.#waiting) settle({ id, error: { message: this.#errors } });
    });
  }

  close(): void {
    this.#process.kill();
  }

  /** The ARM template, and every remark of compiler and linter. */
  async compile(file: string): Promise<{ template: string; remarks: string[] }> {
    const { contents, diagnostics } = await this.#call('bicep/compile', { path: file });
    return { template: `${contents}\n`, remarks: diagnostics.map(remarkOf) };
  }

  /** The remarks of compiler and linter on a file of parameters. */
  async remarksOn(file: string): Promise<string[]> {
    const { diagnostics } = await this.#call('bicep/compileParams', {
      path: file,
      parameterOverrides: {},
    });
    return diagnostics.map(remarkOf);
  }

  /** All resources that a deployment with these parameters would make, as JSON. */
  async snapshot(file: string, resourceGroup?: string): Promise<string> {
    const metadata = { ...NOWHERE, ...(resourceGroup ? { resourceGroup } : {}) };
    const { snapshot } = await this.#call('bicep/getSnapshot', { path: file, metadata });
    // The CLI shows outputs in an order of chance.
    const { outputs, ...others } = JSON.parse(snapshot);
    const inOrder = Object.fromEntries(Object.entries(outputs ?? {}).toSorted());
    return `${JSON.stringify({ ...others, outputs: inOrder }, undefined, 2)}\n`;
  }

  async #call(method: string, parameters: object): Promise<Result> {
    const id = ++this.#calls;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: [parameters] });
    const { result, error } = await new Promise<Reply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.stdin?.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    if (error || !result)
      throw new Error(error?.message ?? `the Bicep CLI said nothing to ${method}`);
    return result;
  }

  #receive(data: Buffer): void {
    this.#received = Buffer.concat([this.#received, data]);
    for (;;) {
      const head = this.#received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received.toString('latin1'))?.[1]);
      if (head < 0 || this.#received.length < head + 4 + length) return;
      const body = this.#received.subarray(head + 4, head + 4 + length).toString('utf8');
      this.#received = this.#received.subarray(head + 4 + length);
      const reply: Reply = JSON.parse(body);
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    }
  }
}

const remarkOf = ({ source, range, level, code, message }: Diagnostic): string =>
  `${source}(${range.start.line + 1}): ${level} ${code}: ${message}`;

if (process.argv[1] === import.meta.filename) {
  const cli = bicepCli();
  console.log('file' in cli ? cli.file : cli.missing);
  process.exitCode = 'file' in cli ? 0 : 1;
}
