/** Tells the parent process the functions of the app in argv, as the Functions worker would register them. */
import { App } from '../../dev/host/base/app.ts';

const app = await App.load(process.argv[2] as string);
const functions = [...app.functions.values()].map(({ name, trigger }) => ({ name, trigger }));
process.send?.(functions, () => process.exit());
