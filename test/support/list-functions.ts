/**
 * Reports the functions of the app in argv to the parent process, as the Functions worker would
 * register them, and the files that were loaded for them.
 */
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { App } from '../../dev/host/base/app.ts';

const loaded: string[] = [];
registerHooks({
  load: (url, context, next) => {
    if (url.startsWith('file:')) loaded.push(fileURLToPath(url));
    return next(url, context);
  },
});
const root = process.argv[2] as string;
const app = await App.load(root);
const functions = [...app.functions.values()].map(({ name, trigger }) => ({ name, trigger }));
const ofApp = loaded.filter((file) => file.startsWith(root));
process.send?.({ functions, loaded: ofApp }, () => process.exit());
