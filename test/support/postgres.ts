import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Directory of `initdb` and `postgres`, newest version first; undefined when none is installed. */
function findBinaries(): string | undefined {
  if (process.env.POSTGRES_BIN) return process.env.POSTGRES_BIN;
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).map(Number).filter(Number.isInteger) : [];
  return versions
    .sort((a, b) => b - a)
    .map((version) => join(root, String(version), 'bin'))
    .find((directory) => existsSync(join(directory, 'postgres')));
}

const binaries = findBinaries();
export const hasPostgres = binaries !== undefined;
if (!hasPostgres && process.env.CI) throw new Error('CI must provide PostgreSQL 15 or newer');

export interface TestCluster {
  /** URL of a database of this cluster, as superuser or as another user. */
  url(database: string, user?: string): string;
  stop(): Promise<void>;
}

/**
 * A PostgreSQL server of our own on a Unix socket, not durable unless asked: tests are about SQL, not about disks.
 * PostgreSQL refuses root, so under root it runs as `postgres`. It ends with the process that started it.
 */
export async function startPostgres({ isDurable = false } = {}): Promise<TestCluster> {
  if (!binaries) throw new Error('No PostgreSQL binaries found');
  const directory = mkdtempSync(join(tmpdir(), 'bonafide-pg-'));
  const asPostgres = process.getuid?.() === 0;
  if (asPostgres) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' })),
    );
    chownSync(directory, uid ?? 0, gid ?? 0);
  }
  const drop = asPostgres ? ['--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
  const run = (command: string, args: string[]): [string, string[]] => [
    'setpriv',
    [...drop, '--pdeathsig=SIGQUIT', join(binaries, command), ...args],
  ];
  const data = join(directory, 'data');
  execFileSync(
    ...run('initdb', [
      '-D',
      data,
      '-U',
      'postgres',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '-N',
      '--locale=C',
    ]),
    { stdio: 'pipe', cwd: directory },
  );
  const settings = ['listen_addresses=', 'max_connections=60'];
  if (!isDurable) settings.push('fsync=off', 'full_page_writes=off');
  const server = spawn(
    ...run('postgres', [
      ...['-D', data, '-k', directory],
      ...settings.flatMap((setting) => ['-c', setting]),
    ]),
    { stdio: 'ignore', cwd: directory },
  );
  const url = (database: string, user = 'postgres') =>
    `postgres://${user}@localhost/${database}?host=${encodeURIComponent(directory)}`;
  await waitUntilReady(url('postgres'));
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT'); // fast shutdown
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function waitUntilReady(connectionString: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const client = new pg.Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt > 300) throw error;
      await sleep(50);
    }
  }
}
