/** The command line of `npm start`. */
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface Options {
  port: number;
  /** Absolute. */
  dataDir: string;
  fresh: boolean;
  /** Enforces function keys with this key. */
  functionKey: string | undefined;
  demo: boolean;
  demoEvents: number;
  demoLimit: number;
  coreTools: boolean;
  build: boolean;
}

export const HELP = `npm start -- [options]
  --data-dir DIR     data directory (.local): new or empty, or made by an earlier start
  --fresh            delete the data of an earlier start first
  --enable-auth      enforce function keys (LOCAL_FUNCTION_KEY sets the key; the default is a new key)
  --no-demo          without the demo Okta org
  --demo-events N    events of the demo org in the 60 days before its birth (60000)
  --demo-limit N     its rate limit per minute (600)
  --core-tools       run the functions with Azure Functions Core Tools ("func" on the PATH)
  --no-build         use the last build of the functions
  PORT               environment: the port of the functions (7071)`;

export type ParsedOptions =
  | { kind: 'options'; options: Options }
  | { kind: 'help' }
  | { kind: 'invalid'; message: string };

/** `root` is the checkout. */
export function parseOptions(
  args: string[],
  env: Record<string, string | undefined>,
  root: string,
): ParsedOptions {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    return { kind: 'invalid', message: `${(error as Error).message.split('. ')[0]}. See --help.` };
  }
  if (values.help) return { kind: 'help' };
  const port = wholeNumber(env.PORT ?? '7071', 0, 65_535);
  const demoEvents = wholeNumber(values['demo-events'], 0, 2_000_000);
  const demoLimit = wholeNumber(values['demo-limit'], 1, 100_000);
  const dataDir = dataDirOf(values['data-dir'], env, root);
  if (!dataDir) return invalid('--data-dir', 'the name of a directory');
  if (port === undefined) return invalid('PORT', 'a port number from 0 to 65535');
  if (port === 0 && values['core-tools'])
    return invalid('PORT', 'a port number from 1 to 65535 with --core-tools');
  if (values['enable-auth'] && values['core-tools'])
    return invalid('--enable-auth', 'no --core-tools, where the Functions host makes the keys');
  if (demoEvents === undefined) return invalid('--demo-events', 'a number from 0 to 2000000');
  if (demoLimit === undefined) return invalid('--demo-limit', 'a number from 1 to 100000');
  const key = env.LOCAL_FUNCTION_KEY || crypto.randomUUID().replaceAll('-', '');
  return {
    kind: 'options',
    options: {
      port,
      dataDir,
      fresh: values.fresh,
      functionKey: values['enable-auth'] ? key : undefined,
      demo: !values['no-demo'],
      demoEvents,
      demoLimit,
      coreTools: values['core-tools'],
      build: !values['no-build'],
    },
  };
}

/** npm runs scripts in the checkout; the user's directory is in INIT_CWD. */
function dataDirOf(
  given: string | undefined,
  env: Record<string, string | undefined>,
  root: string,
): string | undefined {
  if (given === undefined) return path.join(root, '.local');
  return given.trim() === '' ? undefined : path.resolve(env.INIT_CWD ?? process.cwd(), given);
}

const flag = { type: 'boolean', default: false } as const;

function parse(args: string[]) {
  return parseArgs({
    args,
    options: {
      help: { ...flag, short: 'h' },
      'data-dir': { type: 'string' },
      fresh: flag,
      'enable-auth': flag,
      'no-demo': flag,
      'demo-events': { type: 'string', default: '60000' },
      'demo-limit': { type: 'string', default: '600' },
      'core-tools': flag,
      'no-build': flag,
    },
  }).values;
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return number >= min && number <= max ? number : undefined;
}

const invalid = (name: string, allowed: string): ParsedOptions => ({
  kind: 'invalid',
  message: `${name}: expected ${allowed}.`,
});
