import { startEmbeddedDatabase } from '../../src/platform/pglite/embedded-database.ts';

/** A platform to be killed: starts the database in the given directory and tells its pid. */
const server = await startEmbeddedDatabase({
  dataDir: process.argv[2] ?? '',
  entry: new URL('../../src/app/database-process.ts', import.meta.url),
});
process.send?.(server.pid);
