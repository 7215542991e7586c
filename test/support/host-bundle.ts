/**
 * Global setup: bundles the development host. A run starts about two hundred hosts, and loading the
 * bundle takes a quarter less CPU time than loading the packages' files. `npm start` runs the sources.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import type { TestProject } from 'vitest/node';
import { NODE_BUNDLE } from '../../scripts/node-bundle.ts';
import { onCoreTools } from './which-host.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The path of the program to fork. */
    developmentHost: string;
  }
}

const HOST = path.join(import.meta.dirname, '..', '..', 'dev', 'host');

export default async function setup(project: TestProject): Promise<() => void> {
  if (onCoreTools) {
    project.provide('developmentHost', path.join(import.meta.dirname, 'core-tools-host.ts'));
    return () => {};
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'development-host-'));
  fs.writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
  await build({
    entryPoints: [path.join(HOST, 'main.ts'), path.join(HOST, 'base', 'worker-thread.ts')],
    entryNames: '[name]',
    outdir: folder,
    ...NODE_BUNDLE,
    logLevel: 'warning',
  });
  project.provide('developmentHost', path.join(folder, 'main.js'));
  return () => fs.rmSync(folder, { recursive: true });
}
