/**
 * The demo org as a process: `node dev/demo-org/main.ts --port P --state FILE --events N --limit L
 * --token T [--samples DIR] [--control]`. The state file keeps seed and birth, so that a restart is
 * the same org. `--control` opens a control endpoint for tests in other processes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { control } from './control.ts';
import { readSamples } from './samples.ts';
import { startOktaOrg } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    state: { type: 'string', default: '' },
    events: { type: 'string', default: '60000' },
    limit: { type: 'string', default: '600' },
    trickle: { type: 'string', default: '4' },
    token: { type: 'string', default: 'demo-token' },
    samples: { type: 'string', default: '' },
    'org-id': { type: 'string', default: '' },
    control: { type: 'boolean', default: false },
  },
});

/** The identity of the org across restarts. */
interface Identity {
  seed: number;
  bornAtMs: number;
  events: number;
}

function identity(): Identity {
  if (values.state && fs.existsSync(values.state)) return kept(values.state);
  const born = {
    seed: Math.floor(Math.random() * 2 ** 31),
    bornAtMs: Date.now(),
    events: Number(values.events),
  };
  if (values.state) {
    fs.mkdirSync(path.dirname(values.state), { recursive: true });
    // Written atomically: a kill in mid-write leaves no partial file.
    fs.writeFileSync(`${values.state}.draft`, JSON.stringify(born));
    fs.renameSync(`${values.state}.draft`, values.state);
  }
  return born;
}

function kept(file: string): Identity {
  try {
    const { seed, bornAtMs, events } = JSON.parse(fs.readFileSync(file, 'utf8'));
    if ([seed, bornAtMs, events].every(Number.isSafeInteger)) return { seed, bornAtMs, events };
  } catch {
    // Reported below.
  }
  console.error(
    `${file} cannot be read. Start with --fresh; or remove it for a new demo org, and delete the connector of the old one.`,
  );
  process.exit(1);
}

try {
  const born = identity();
  const { origin, org } = await startOktaOrg({
    ...born,
    days: 60,
    trickleEventsPerMinute: Number(values.trickle),
    limitPerMinute: Number(values.limit),
    orgId: values['org-id'] || `00o${born.seed.toString(36).padStart(17, '0')}`,
    tokens: [values.token],
    nowMs: () => Date.now(),
    port: Number(values.port),
    ...(values.control ? { sideDoor: control } : {}),
  });
  if (values.samples)
    for (const { text, publishedMs } of readSamples(values.samples))
      org.append(text, publishedMs, born.bornAtMs);
  console.log(`Okta org ready ${origin}`);
  process.send?.({ ready: origin });
} catch (error) {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  console.error(taken ? `Port ${values.port} of the demo Okta org is taken.` : error);
  process.exit(1);
}

const stop = () => process.exit(0);
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);
