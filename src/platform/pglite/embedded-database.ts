import { type ChildProcess, fork } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';
import { makeDirectory } from '../files/durable-file.ts';
import { type DatabaseFigures, type DatabaseMessage, socketName } from './database-messages.ts';

export interface EmbeddedDatabaseOptions {
  readonly dataDir: string;
  /** Module of the child process; the composition root knows where it lies. */
  readonly entry: URL;
  /** Told each time the process ended unasked; it is started again by itself. */
  readonly onExit?: (how: { code: number | null; signal: NodeJS.Signals | null }) => void;
  /** Silence after which the process counts as hung and is killed. */
  readonly silentForMs?: number;
}

export interface EmbeddedDatabase {
  /** For `connect`. Stays the same over restarts of the process. */
  readonly url: string;
  /** Of the process that runs now; undefined between two. */
  readonly pid: number | undefined;
  readonly restarts: number;
  /** The latest report, at most seconds old. */
  readonly figures: DatabaseFigures | undefined;
  isReady(): boolean;
  /** Why the last attempt to start it again failed; undefined while it runs. */
  readonly problem: AppError | undefined;
  /** Ends the process after the statement it is in. Close the pools first. */
  close(): Promise<void>;
}

/** A statement may run for 30 s, and a slow disk deserves patience. */
const defaultSilentForMs = 60_000;
/** Linux and macOS allow 107 and 103 bytes for the path of a Unix socket. */
const longestSocketPath = 103;

/**
 * Starts the embedded PostgreSQL (PGlite) as a child process and keeps it running.
 * @throws AppError data_dir_in_use | data_dir_unusable | database_disk_full
 */
export async function startEmbeddedDatabase(
  options: EmbeddedDatabaseOptions,
): Promise<EmbeddedDatabase> {
  const directory = await databaseDirectory(options.dataDir);
  const supervisor = new Supervisor(options, directory);
  await supervisor.start();
  return {
    url: embeddedDatabaseUrl(options.dataDir),
    get pid() {
      return supervisor.child?.pid;
    },
    get restarts() {
      return supervisor.restarts;
    },
    get figures() {
      return supervisor.figures;
    },
    isReady: () => supervisor.isReady,
    get problem() {
      return supervisor.problem;
    },
    close: () => supervisor.close(),
  };
}

/** Where the database of a running platform is reached; commands attach with it. */
export function embeddedDatabaseUrl(dataDir: string): string {
  return `postgres://postgres@localhost/postgres?host=${encodeURIComponent(join(dataDir, 'database'))}`;
}

async function databaseDirectory(dataDir: string): Promise<string> {
  const directory = join(dataDir, 'database');
  if (Buffer.byteLength(join(directory, socketName)) > longestSocketPath) {
    const most = longestSocketPath - '/database/'.length - socketName.length;
    throw new AppError('data_dir_unusable', `its path is longer than ${most} bytes: ${dataDir}`);
  }
  try {
    await makeDirectory(directory);
    if ((statSync(directory).mode & 0o077) !== 0) {
      throw new AppError('data_dir_unusable', `others may read ${directory}; run chmod 700 on it`);
    }
  } catch (error) {
    throw toDirectoryError(error, directory);
  }
  return directory;
}

function toDirectoryError(error: unknown, directory: string): unknown {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC') return new AppError('database_disk_full', directory, { cause: error });
  return new AppError('data_dir_unusable', `${code}: ${directory}`, { cause: error });
}

class Supervisor {
  child: ChildProcess | undefined;
  restarts = 0;
  figures: DatabaseFigures | undefined;
  isReady = false;
  problem: AppError | undefined;
  readonly #options: EmbeddedDatabaseOptions;
  readonly #directory: string;
  #closing = false;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedDatabaseOptions, directory: string) {
    this.#options = options;
    this.#directory = directory;
  }

  /** Resolves when the child serves. */
  start(): Promise<void> {
    const child = this.#fork();
    return new Promise((resolve, reject) => {
      let failure: AppError | undefined;
      child.on('message', (message: DatabaseMessage) => {
        this.#feedWatchdog(child);
        if (message.type === 'failed') failure = toStartError(message);
        if (message.type === 'alive') this.figures = message.figures;
        if (message.type === 'ready') {
          this.isReady = true;
          this.problem = undefined;
          resolve();
        }
      });
      child.once('exit', (code, signal) => {
        clearTimeout(this.#watchdog);
        this.child = undefined;
        const wasReady = this.isReady;
        this.isReady = false;
        if (!wasReady) {
          this.problem = failure ?? endedSilently(code, signal);
          reject(this.problem);
        } else if (!this.#closing) {
          this.#options.onExit?.({ code, signal });
          void this.#restart();
        }
      });
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const killer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await ended;
    clearTimeout(killer);
  }

  async #restart(): Promise<void> {
    for (let waitMs = 100; !this.#closing; waitMs = Math.min(waitMs * 2, 5_000)) {
      this.restarts++;
      try {
        await this.start();
        return;
      } catch {
        await sleep(waitMs);
      }
    }
  }

  #fork(): ChildProcess {
    const { entry } = this.#options;
    const isSource = entry.pathname.endsWith('.ts');
    const child = fork(fileURLToPath(entry), [this.#directory], {
      execArgv: isSource ? ['--import', 'tsx'] : [],
      // Secrets in our environment are none of its business.
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.child = child;
    this.#feedWatchdog(child);
    return child;
  }

  #feedWatchdog(child: ChildProcess): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(
      () => child.kill('SIGKILL'),
      this.#options.silentForMs ?? defaultSilentForMs,
    );
    this.#watchdog.unref();
  }
}

/** PostgreSQL does so when it cannot make sense of its files; it has no way to tell. */
function endedSilently(code: number | null, signal: NodeJS.Signals | null): AppError {
  const how = signal ?? `exit code ${code}`;
  return new AppError(
    'database_unavailable',
    `the embedded database ended while starting (${how}); when it does so again, its files are damaged: restore DATA_DIR/database from a backup`,
  );
}

function toStartError({ code, detail }: { code: AppError['code']; detail: string }): AppError {
  if (code !== 'internal') return new AppError(code, detail);
  return new AppError('database_unavailable', `the embedded database did not start: ${detail}`);
}
