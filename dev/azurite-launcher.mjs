// Runs Azurite and stops it with its parent process: the IPC channel closes also after a kill -9.
import { createRequire } from 'node:module';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
