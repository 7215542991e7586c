// Runs Azurite and stops it with its parent process: the IPC channel closes also after a kill -9.
import { createRequire } from 'node:module';
import { queryByPartition } from './entity-index.ts';
import { incremental } from './incremental-loki.ts';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));

const azurite = createRequire(
  createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js'),
);
const replace = (name, exports) => {
  const id = azurite.resolve(name);
  azurite.cache[id] = { id, filename: id, loaded: true, exports };
};
// Azurite loads its telemetry library also with --disableTelemetry, which takes half of its start.
replace('applicationinsights', {});
replace('lokijs', incremental(azurite('lokijs')));
queryByPartition(azurite('./table/persistence/LokiTableMetadataStore.js').default.prototype);
azurite('./azurite.js');
