import { existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { AppError } from '../../core/errors.ts';
import {
  aliveEveryMs,
  type DatabaseFigures,
  dataName,
  lockName,
  socketName,
} from './database-messages.ts';
import { type DirectoryLock, lockDirectory, touchEveryMs } from './directory-lock.ts';
import { openDurable, syncDirectory, syncTree } from './durable-filesystem.ts';
import { startUpkeep } from './upkeep.ts';
import { startWireServer } from './wire-server.ts';

export interface ServeOptions {
  /** Private to this database: lock, socket and rows lie in it. */
  readonly directory: string;
  /** Called once with what made going on impossible; the caller ends the process. */
  readonly onBroken: (error: unknown) => void;
  readonly onAlive: (figures: DatabaseFigures) => void;
}

export interface ServedDatabase {
  /** Finishes the running statement, rolls back open transactions, writes a checkpoint. */
  close(): Promise<void>;
}

/**
 * Runs the embedded database in this process until closed; every commit is on the disk when it is acknowledged.
 * @throws AppError data_dir_in_use | database_disk_full
 */
export async function serveDatabase(options: ServeOptions): Promise<ServedDatabase> {
  const { directory, onBroken } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const lock = await lockDirectory(join(directory, lockName), process.pid, process.ppid);
  try {
    // The lock is ours, so a socket that is still there belongs to nobody.
    rmSync(join(directory, socketName), { force: true });
    await createOnce(directory);
    const pglite = await open(join(directory, dataName), onBroken);
    const { rows } = await pglite.query<{ server_version: string }>('show server_version');
    const server = await startWireServer({
      path: join(directory, socketName),
      serverVersion: rows[0]?.server_version ?? '',
      idleInTransactionMs: 10_000,
      onBroken,
      backend: {
        execute: (messages, onData) =>
          pglite.execProtocolRawStream(messages, { onRawData: onData }),
        isInTransaction: () => pglite.isInTransaction(),
      },
    });
    const upkeep = startUpkeep(server);
    const timers = startTimers(lock, options, () => ({
      connections: server.connections,
      executed: server.executed,
      residentBytes: process.memoryUsage.rss(),
    }));
    return {
      async close() {
        upkeep.stop();
        await server.close();
        await pglite.close();
        for (const timer of timers) clearInterval(timer);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw hasRoom(directory)
      ? error
      : new AppError('database_disk_full', `less than 32 MiB left for ${directory}`);
  }
}

/** PostgreSQL writes its log in files of 16 MiB; when the next one does not fit, it stops and cannot start. */
function hasRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize >= 2 * 16 * 1024 * 1024;
}

function startTimers(lock: DirectoryLock, options: ServeOptions, figures: () => DatabaseFigures) {
  const touch = () => {
    try {
      lock.touch();
    } catch (error) {
      options.onBroken(error);
    }
  };
  return [
    setInterval(touch, touchEveryMs),
    setInterval(() => options.onAlive(figures()), aliveEveryMs),
  ];
}

function open(dataDirectory: string, onBroken: (error: unknown) => void): Promise<PGlite> {
  return openDurable(dataDirectory, {
    // After a panic (say, a failed fsync) the memory is not to be trusted; recovery starts from the disk.
    onStderr: (text) => {
      if (text.includes('PANIC')) onBroken(new Error('PostgreSQL panicked'));
      return false;
    },
  });
}

/** A crash while the first files are written must not leave half a database: it gets its name when it is whole. */
async function createOnce(directory: string): Promise<void> {
  const final = join(directory, dataName);
  if (existsSync(final)) return;
  const draft = `${final}.new`;
  rmSync(draft, { recursive: true, force: true });
  const pglite = await openDurable(draft);
  await pglite.close();
  syncTree(draft);
  renameSync(draft, final);
  syncDirectory(directory);
}
