// `npm run simulate -- --seeds N --seed S`: the simulation under N seeds, starting with S. With `--show`
// a single seed prints every effect in order.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
  },
});
const { status } = spawnSync('vitest', ['run', '--project', 'simulation'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    SIMULATION_SEEDS: values.seeds,
    SIMULATION_SEED: values.seed,
    ...(values.show ? { SIMULATION_SHOWN: '1' } : {}),
  },
});
process.exit(status ?? 1);
