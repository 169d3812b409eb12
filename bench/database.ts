/**
 * The embedded database: start, commits and reads, syncs, recovery from kill -9, memory; PostgreSQL beside it where
 * it is installed. `npm run bench:database -- [--json FILE]`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { connect } from '../src/platform/db/connect.ts';
import { migrate } from '../src/platform/db/migrate.ts';
import type { Db } from '../src/platform/db/schema.ts';
import { withSystem } from '../src/platform/db/transaction.ts';
import { startEmbeddedDatabase } from '../src/platform/pglite/embedded-database.ts';
import { hasPostgres, startPostgres } from '../test/support/postgres.ts';
import { type BenchRow, publishBench } from './support/bench-report.ts';

const seconds = 4;
const kills = 10;
const rows: BenchRow[] = [];

/** What users run is built; a checkout that was not built runs the source. */
const built = new URL('../dist/app/database-process.js', import.meta.url);
const source = new URL('../src/app/database-process.ts', import.meta.url);
const entry = existsSync(built) ? built : source;

await measureEmbedded();
if (hasPostgres) await measurePostgres();
else console.log('PostgreSQL skipped: it is not installed');
publishBench('database', rows, process.argv);

async function measureEmbedded(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bonafide-bench-'));
  const first = await timed(() => startEmbeddedDatabase({ dataDir, entry }));
  rows.push({ what: 'first_start_ms', value: first.ms, unit: 'ms' });
  await first.result.close();
  const { ms, result: server } = await timed(() => startEmbeddedDatabase({ dataDir, entry }));
  rows.push({ what: 'start_ms', value: ms, unit: 'ms' });
  const db = connect(server.url);
  await prepare(db);
  await measureThroughput(db, 'embedded');
  rows.push(...(await countSyncs(db, server.pid, join(dataDir, 'strace'))));
  rows.push({ what: 'embedded_pss_mb', value: readPssMb(server.pid), unit: 'MB' });

  const recoveries: number[] = [];
  for (let i = 0; i < kills; i++) {
    await spend(0.3, 3, (n) => insert(db, n));
    if (server.pid !== undefined) process.kill(server.pid, 'SIGKILL');
    const killed = performance.now();
    while (
      !(await insert(db, -1).then(
        () => true,
        () => false,
      ))
    )
      await sleep(20);
    recoveries.push(performance.now() - killed);
  }
  recoveries.sort((a, b) => a - b);
  rows.push(
    { what: 'recovery_ms_median', value: recoveries[kills / 2] ?? 0, unit: 'ms' },
    atMost('recovery_ms_max', recoveries.at(-1) ?? 0, 'ms', 5_000),
  );
  await db.destroy();
  await server.close();
  rmSync(dataDir, { recursive: true });
}

async function measurePostgres(): Promise<void> {
  const cluster = await startPostgres({ isDurable: true });
  const db = connect(cluster.url('postgres'));
  await prepare(db);
  await measureThroughput(db, 'postgres');
  await db.destroy();
  await cluster.stop();
}

async function prepare(db: Db): Promise<void> {
  await migrate(db);
  await sql`create table bench (n bigint generated always as identity primary key, v int)`.execute(
    db,
  );
  await sql`grant select, insert on bench to bonafide_system`.execute(db);
}

async function measureThroughput(db: Db, name: string): Promise<void> {
  for (const clients of [1, 8]) {
    const commits = await spend(seconds, clients, (n) => insert(db, n));
    rows.push({ what: `${name}_commits_per_s_${clients}`, value: commits, unit: '1/s' });
  }
  const reads = await spend(seconds, 1, () =>
    withSystem(db, (tx) => sql`select v from bench where n = 7`.execute(tx)),
  );
  rows.push({ what: `${name}_read_transactions_per_s_1`, value: reads, unit: '1/s' });
}

/** As the product does it: a transaction with its role and tenant set. */
function insert(db: Db, n: number): Promise<unknown> {
  return withSystem(db, (tx) => sql`insert into bench (v) values (${n})`.execute(tx));
}

/** @returns how often a second */
async function spend(
  forSeconds: number,
  clients: number,
  work: (n: number) => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + forSeconds * 1000;
  let count = 0;
  const client = async () => {
    for (; performance.now() < until; count++) await work(count);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return count / ((performance.now() - startedAt) / 1000);
}

async function countSyncs(db: Db, pid: number | undefined, output: string): Promise<BenchRow[]> {
  if (pid === undefined || spawnSync('strace', ['-V']).error) {
    console.log('syncs skipped: strace is not installed');
    return [];
  }
  const args = ['-f', '-e', 'trace=fsync,fdatasync', '-o', output, '-p', String(pid)];
  const strace = spawn('strace', args);
  await once(strace.stderr, 'data');
  const commits = 200;
  for (let n = 0; n < commits; n++) await insert(db, n);
  strace.kill('SIGINT');
  await once(strace, 'exit');
  const syncs = readFileSync(output, 'utf8').match(/= 0$/gm)?.length ?? 0;
  const value = syncs / commits;
  return [{ what: 'syncs_per_commit', value, unit: '', bar: '≥ 1', ok: value >= 1 }];
}

function readPssMb(pid: number | undefined): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

function atMost(what: string, value: number, unit: string, bar: number): BenchRow {
  return { what, value, unit, bar: `≤ ${bar}`, ok: value <= bar };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}
