import { AppError } from '../core/errors.ts';
import type { DatabaseMessage } from '../platform/pglite/database-messages.ts';
import { serveDatabase } from '../platform/pglite/serve-database.ts';

/** Child process of `startEmbeddedDatabase`: `database-process <directory>`, with an IPC channel to its parent. */
// PostgreSQL's files are made here by Node, which would let everybody read them.
process.umask(0o077);

const directory = process.argv[2];
if (directory === undefined || !process.send) {
  throw new Error('This process is started by `bonafide start`, not by hand');
}

const tell = (message: DatabaseMessage, then = () => {}) => {
  if (process.connected) process.send?.(message, undefined, undefined, then);
  else then();
};

const serving = serveDatabase({
  directory,
  onAlive: (figures) => tell({ type: 'alive', figures }),
  // Recovery starts from the disk: the parent starts a new process at once.
  onBroken: () => process.exit(70),
});

serving.then(
  () => tell({ type: 'ready' }),
  (error: unknown) => {
    const known = error instanceof AppError ? error : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    tell({ type: 'failed', code: known?.code ?? 'internal', detail }, () => process.exit(71));
  },
);

// The channel closes when the parent closes us and also when the parent dies.
process.once('disconnect', () => {
  serving
    .then((database) => database.close())
    .then(
      () => process.exit(0),
      () => process.exit(72),
    );
});
// Ctrl-C reaches the whole process group; the parent decides when we end.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
