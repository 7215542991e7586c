// Runs Azurite and stops it with its parent process: the IPC channel closes also after a kill -9.
import { createRequire } from 'node:module';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const azurite = createRequire(
  createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
);
// Azurite loads its telemetry library also with --disableTelemetry, which takes half of its start.
const telemetry = azurite.resolve('applicationinsights');
azurite.cache[telemetry] = { id: telemetry, filename: telemetry, loaded: true, exports: {} };
azurite('./azurite.js');
