// Runs Azurite and ends it with the process that started it: a kill -9 there closes the channel here.
import { createRequire } from 'node:module';

process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
createRequire(import.meta.url)('azurite/dist/src/azurite.js');
