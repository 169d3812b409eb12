import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import { createEngineClient, type EngineAddress } from './engine-client.ts';
import { engineConfig, nodeName } from './engine-config.ts';
import { readOrMakeIdentityKey } from './identity-key.ts';

export interface EmbeddedEngineOptions {
  readonly dataDir: string;
  /** Told each time the server ended unasked; it is started again by itself. */
  readonly onExit?: (how: { code: number | null; signal: NodeJS.Signals | null }) => void;
}

export interface EmbeddedEngine {
  readonly address: EngineAddress;
  /** For `serveWorker`: calls that this engine did not sign are refused. */
  readonly identityKey: string;
  /** Of the server that runs now. */
  readonly pid: number | undefined;
  readonly restarts: number;
  close(): Promise<void>;
}

const startTimeoutMs = 30_000;

/**
 * Starts the Restate server that came with the npm package and keeps it running. It ends with this process,
 * also when this process is killed.
 * @throws AppError engine_unavailable
 */
export async function startEmbeddedEngine(options: EmbeddedEngineOptions): Promise<EmbeddedEngine> {
  const directory = join(options.dataDir, 'engine');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const identityKey = await readOrMakeIdentityKey(join(directory, 'identity.pem'));
  await writeFile(join(directory, 'restate.toml'), engineConfig(directory), { mode: 0o600 });
  const supervisor = new Supervisor(directory, options);
  await supervisor.start();
  return {
    address: engineAddress(options.dataDir),
    identityKey,
    get pid() {
      return supervisor.pid;
    },
    get restarts() {
      return supervisor.restarts;
    },
    close: () => supervisor.close(),
  };
}

/** Where the engine of a running platform is reached; commands attach with it. */
export function engineAddress(dataDir: string): EngineAddress {
  const socket = (name: string) => ({
    url: 'http://engine',
    socketPath: join(dataDir, 'engine', nodeName, `${name}.sock`),
  });
  return { ingress: socket('ingress'), admin: socket('admin') };
}

class Supervisor {
  restarts = 0;
  #child: ChildProcess | undefined;
  #closing = false;
  readonly #directory: string;
  readonly #options: EmbeddedEngineOptions;

  constructor(directory: string, options: EmbeddedEngineOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child ? readPid(this.#pidFile) : undefined;
  }

  /** Resolves when ingress and admin answer. */
  async start(): Promise<void> {
    await this.#endOrphan();
    const lines: string[] = [];
    const child = spawn('/bin/sh', ['-c', launcher, 'sh', this.#pidFile, ...this.#command()], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Nothing of our environment: RESTATE_* would override the configuration, and secrets stay here.
      env: { PATH: '/usr/bin:/bin', HOME: this.#directory },
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(text.slice(0, 2_000));
      if (lines.length > 20) lines.shift();
    });
    let hasEnded = false;
    child.once('exit', (code, signal) => {
      hasEnded = true;
      if (this.#child !== child) return;
      this.#child = undefined;
      if (this.#closing) return;
      this.#options.onExit?.({ code, signal });
      void this.#restart();
    });
    await this.#waitUntilReady(() => hasEnded);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const child = this.#child;
    if (!child) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    kill(readPid(this.#pidFile), 'SIGTERM');
    const killer = setTimeout(() => child.stdin?.destroy(), 10_000);
    await ended;
    clearTimeout(killer);
    child.stdin?.destroy();
    await rm(this.#pidFile, { force: true });
  }

  async #restart(): Promise<void> {
    for (let waitMs = 100; !this.#closing; waitMs = Math.min(waitMs * 2, 5_000)) {
      await sleep(waitMs);
      if (this.#closing || this.#child) return;
      this.restarts++;
      try {
        return await this.start();
      } catch {
        // Its end was reported; the next attempt comes after a longer pause.
      }
    }
  }

  async #waitUntilReady(hasEnded: () => boolean): Promise<void> {
    const client = createEngineClient(engineAddress(this.#options.dataDir));
    const giveUpAt = Date.now() + startTimeoutMs;
    try {
      while (!(await client.isReady())) {
        if (hasEnded() || this.#closing) throw new AppError('engine_unavailable', startFailure);
        if (Date.now() > giveUpAt) throw new AppError('engine_unavailable', startFailure);
        await sleep(50);
      }
    } finally {
      client.close();
    }
  }

  /** A server whose supervisor was killed in the same instant as its launcher holds the directory. */
  async #endOrphan(): Promise<void> {
    const pid = readPid(this.#pidFile);
    if (pid === undefined || !isServer(pid, this.#directory)) return;
    kill(pid, 'SIGKILL');
    for (let i = 0; i < 100 && isServer(pid, this.#directory); i++) await sleep(50);
  }

  get #pidFile(): string {
    return join(this.#directory, 'restate.pid');
  }

  #command(): string[] {
    const args = ['--no-logo', '--config-file', join(this.#directory, 'restate.toml')];
    return [serverBinary(), ...args];
  }
}

const startFailure = 'The embedded engine ended while starting';

/**
 * Runs the server and ends it when our end of the pipe on standard input closes: however we end, it ends.
 * The watcher is stopped first when the server ends by itself, so that it never kills a stranger.
 */
const launcher = `
pid_file=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
echo "$server" > "$pid_file"
( while read -r _ <&3; do :; done; kill -9 "$server" ) 2>/dev/null >/dev/null &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill -9 "$watcher" 2>/dev/null
exit $code`;

/** Path of the server's program. Not through the package's own launcher script: one process less, and signals reach the server. */
export function serverBinary(): string {
  const require = createRequire(import.meta.url);
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  try {
    const nested = createRequire(require.resolve('@restatedev/restate-server/package.json'));
    return nested.resolve(`${name}/bin/restate-server`);
  } catch (error) {
    throw new AppError('engine_unavailable', `There is no embedded engine for ${name}`, {
      cause: error,
    });
  }
}

function readPid(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const pid = Number(readFileSync(path, 'utf8'));
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Pids are used again: only a process that runs with our configuration file is our server. */
function isServer(pid: number, directory: string): boolean {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes(join(directory, 'restate.toml')) && !command.startsWith('/bin/sh');
  } catch {
    return false;
  }
}

function kill(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
