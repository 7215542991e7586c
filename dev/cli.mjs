// Checks the Node version before loading code that an older version cannot parse.
import fs from 'node:fs';

const { engines } = JSON.parse(
  fs.readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);
const needed = Number(/\d+/.exec(engines.node)[0]);
const running = Number(process.versions.node.split('.')[0]);
if (running < needed) {
  console.error(
    `Node ${needed} or newer is needed; this is Node ${process.versions.node}. Run "npm ci" and "npm start": they bring their own.`,
  );
  process.exit(1);
}
await import('./start.ts');
