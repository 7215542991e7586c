/**
 * Bundles every function file into dist/functions, which is what Azure (and the development host)
 * loads. The bundle loads several times faster than the packages' 10,000 files one by one.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['functions/*.ts'],
  outdir: 'dist/functions',
  chunkNames: '../chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  sourcemap: true,
  // The Functions worker injects this module at run time; it is on no registry.
  external: ['@azure/functions-core'],
  // CommonJS packages inside an ES module bundle still call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
