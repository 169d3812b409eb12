import { execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyTemplate, databaseEntry } from '../../../test/support/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { connect } from '../db/connect.ts';
import type { Db } from '../db/schema.ts';
import { withSystem, withTenant } from '../db/transaction.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './embedded-database.ts';
import { identify } from './process-identity.ts';

const start = (dataDir: string) => startEmbeddedDatabase({ dataDir, entry: databaseEntry });

/** Each number is written by one transaction; what was acknowledged must be there, once. */
async function createCounter(db: Db): Promise<void> {
  await sql`create table counter (n int not null)`.execute(db);
  await sql`grant select, insert on counter to bonafide_system`.execute(db);
}
const insert = (db: Db, n: number) =>
  withSystem(db, (tx) => sql`insert into counter values (${n})`.execute(tx));
async function readCounter(db: Db): Promise<number[]> {
  const { rows } = await withSystem(db, (tx) =>
    sql<{ n: number }>`select n from counter order by n`.execute(tx),
  );
  return rows.map(({ n }) => n);
}

describe('embedded database', () => {
  let dataDir: string;
  let server: EmbeddedDatabase;
  let db: Db;

  beforeAll(async () => {
    dataDir = await copyTemplate();
    server = await start(dataDir);
    db = connect(server.url);
    await createCounter(db);
  });
  afterAll(async () => {
    await db?.destroy();
    await server?.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  // Ten restarts take twenty seconds on an idle machine, minutes on one that does much else.
  it('loses no acknowledged row and repeats none when it is killed under load, five times', {
    timeout: 400_000,
  }, async () => {
    const acknowledged = new Set<number>();
    const unknown = new Set<number>();
    let next = 0;
    let isStopping = false;
    const writer = async () => {
      while (!isStopping) {
        const n = next++;
        try {
          await insert(db, n);
          acknowledged.add(n);
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'database_unavailable') throw error;
          unknown.add(n);
        }
      }
    };
    const writers = Promise.all([writer(), writer(), writer()]);
    for (let kills = 0; kills < 5; kills++) {
      const [pid, reached] = [server.pid, acknowledged.size + 15];
      await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(reached), {
        timeout: 20_000,
      });
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(server.restarts).toBeGreaterThan(kills), { timeout: 60_000 });
    }
    isStopping = true;
    await writers;
    await vi.waitFor(() => expect(server.isReady()).toBe(true), { timeout: 60_000 });
    const rows = await readCounter(db);
    expect(new Set(rows).size).toBe(rows.length);
    expect([...acknowledged].filter((n) => !rows.includes(n))).toEqual([]);
    // Rows beyond the acknowledged ones can only be those whose answer was lost with the process.
    expect(rows.filter((n) => !acknowledged.has(n) && !unknown.has(n))).toEqual([]);
  });

  it('refuses a second start on the same directory, and the first goes on', async () => {
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: `process ${process.pid} uses it`,
    });
    expect((await readCounter(db)).length).toBeGreaterThan(0);
  });

  it('keeps everything to its owner', () => {
    const modes = ['', 'pgdata', 'lock', '.s.PGSQL.5432'].map(
      (name) => statSync(join(dataDir, 'database', name)).mode & 0o077,
    );
    expect(modes).toEqual([0, 0, 0, 0]);
  });

  it('keeps the statements of clients apart, also when they arrive in pieces', async () => {
    const large = 'x'.repeat(300_000);
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        // Without a transaction, so that only the wire protocol holds a statement and its parameters together.
        const query =
          i % 2 === 0
            ? sql<{ n: number }>`select ${i}::int as n`
            : sql<{ n: number }>`select ${i}::int as n, length(${large}::text)`;
        return (await query.execute(db)).rows[0]?.n;
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  it('keeps statements that come again, one plan for all clients', async () => {
    const other = connect(server.url);
    const add = (client: Db, n: number) =>
      sql<{ sum: number }>`select ${n}::int + 7 as sum`.execute(client);
    for (let n = 0; n < 6; n++) {
      for (const client of [db, other]) {
        expect((await add(client, n)).rows).toEqual([{ sum: n + 7 }]);
      }
    }
    const kept = await sql<{ statement: string }>`
      select statement from pg_prepared_statements where statement like '%+ 7 as sum'`.execute(db);
    expect(kept.rows).toHaveLength(1);
    await other.destroy();
  });

  it('shows each tenant its own rows through a statement that all of them share', async () => {
    const tenants = [newId('tenant'), newId('tenant')];
    await withSystem(db, async (tx) => {
      for (const id of tenants) {
        await tx.insertInto('tenant').values({ id, name: id }).execute();
        const message = { tenant_id: id, topic: 'shared', key: id, payload: {} };
        await tx.insertInto('outbox').values(message).execute();
      }
    });
    const read = (tx: Db) =>
      sql<{ key: string }>`select key from outbox where topic = ${'shared'} order by id`.execute(
        tx,
      );
    for (let round = 0; round < 6; round++) {
      for (const id of tenants) {
        const { rows } = await withTenant(db, id, read);
        expect(rows).toEqual([{ key: id }]);
      }
      const { rows } = await withSystem(db, read);
      expect(rows).toEqual(tenants.map((key) => ({ key })));
    }
  });

  it('goes on with a kept statement when its table has changed, and after a fault of it', async () => {
    await sql`create table changing (n int not null)`.execute(db);
    const add = (n: number | null) =>
      sql`insert into changing values (${n}) returning *`.execute(db);
    for (const n of [1, 2, 3, 4]) expect((await add(n)).rows).toEqual([{ n }]);
    await expect(add(null)).rejects.toThrow(/null/);
    await sql`alter table changing add column note text`.execute(db);
    for (const n of [5, 6, 7, 8]) expect((await add(n)).rows).toEqual([{ n, note: null }]);
    await sql`drop table changing`.execute(db);
    await expect(add(9)).rejects.toThrow(/does not exist/);
    expect((await sql<{ n: number }>`select ${1}::int as n`.execute(db)).rows).toEqual([{ n: 1 }]);
  });

  it('reports its size while it serves', async () => {
    await vi.waitFor(
      () => expect(server.figures?.residentBytes).toBeGreaterThan(50_000_000),
      10_000,
    );
  });

  const hasStrace = spawnSync('strace', ['-p', '0', '-c', 'true']).error === undefined;
  it.skipIf(!hasStrace)('syncs the disk once for each commit', async () => {
    const output = join(dataDir, 'strace');
    const calls = 'trace=fsync,fdatasync';
    const strace = spawn('strace', ['-f', '-e', calls, '-o', output, '-p', String(server.pid)]);
    const [attached] = await once(strace.stderr.setEncoding('utf8'), 'data');
    expect(attached).toContain('attached');
    for (let i = 0; i < 25; i++) await insert(db, -1 - i);
    await readCounter(db);
    strace.kill('SIGINT');
    await once(strace, 'exit');
    const syncs = readFileSync(output, 'utf8')
      .split('\n')
      .filter((line) => line.includes('= 0'));
    expect(syncs).toHaveLength(25);
  });

  it('starts again on the same rows after it was closed', async () => {
    const before = await readCounter(db);
    await db.destroy();
    await server.close();
    server = await start(dataDir);
    db = connect(server.url);
    expect(await readCounter(db)).toEqual(before);
  });
});

describe('embedded database and its parent', () => {
  it('ends with a parent that was killed, so that the next start succeeds at once', async () => {
    const dataDir = await copyTemplate();
    const probe = fileURLToPath(
      new URL('../../../test/support/database-parent.ts', import.meta.url),
    );
    const parent = fork(probe, [dataDir], { execArgv: ['--import', 'tsx'] });
    const [pid] = (await once(parent, 'message')) as [number];
    expect(identify(pid)).toBeDefined();
    parent.kill('SIGKILL');
    const server = await start(dataDir);
    expect(identify(pid)).toBeUndefined();
    await server.close();
    rmSync(dataDir, { recursive: true });
  });
});

describe('embedded database on an unusable directory', () => {
  let dataDir: string;
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('says so when its path is too long for a socket', async () => {
    dataDir = join(tmpdir(), 'x'.repeat(100));
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });

  it('says so when others may read it', async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'bonafide-db-'));
    mkdirSync(join(dataDir, 'database'));
    chmodSync(join(dataDir, 'database'), 0o755);
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });

  it('says so when it is a file', async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'bonafide-db-'));
    writeFileSync(join(dataDir, 'database'), '');
    await expect(start(dataDir)).rejects.toMatchObject({ code: 'data_dir_unusable' });
  });

  it('says what to do when its files are damaged', async () => {
    dataDir = await copyTemplate();
    writeFileSync(join(dataDir, 'database', 'pgdata', 'global', 'pg_control'), 'damaged');
    await expect(start(dataDir)).rejects.toMatchObject({
      code: 'database_unavailable',
      message: expect.stringMatching(/damaged: restore .* from a backup/),
    });
  });
});

describe('embedded database on a full disk', () => {
  it('says so, loses nothing, and goes on when there is room', async ({ skip }) => {
    const disk = mountSmallDisk();
    if (!disk) return skip('only root may mount a small disk');
    try {
      await fillAndRecover(disk);
    } finally {
      execFileSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true });
    }
  });

  async function fillAndRecover(disk: string): Promise<void> {
    const server = await start(await copyTemplate(join(disk, 'data')));
    const db = connect(server.url);
    await createCounter(db);
    const acknowledged: number[] = [];
    const fill = async () => {
      for (let n = 0; n < 20; n++) {
        await withSystem(db, (tx) =>
          sql`insert into counter select ${n} from generate_series(1, 200000)`.execute(tx),
        );
        acknowledged.push(n);
      }
    };
    // Either a table cannot grow, or the log cannot: then PostgreSQL stops, and cannot start for lack of room.
    const error = await fill().then(
      () => undefined,
      (reason: AppError) => reason,
    );
    const code =
      error?.code === 'database_unavailable' ? await codeOfFailedStart(server) : error?.code;
    expect(code).toBe('database_disk_full');
    execFileSync('mount', ['-o', 'remount,size=512m', disk]);
    await vi.waitFor(() => insert(db, -1), { timeout: 30_000 });
    const rows = new Map<number, number>();
    for (const n of await readCounter(db)) rows.set(n, (rows.get(n) ?? 0) + 1);
    for (const n of acknowledged) expect(rows.get(n)).toBe(200_000);
    await db.destroy();
    await server.close();
  }

  async function codeOfFailedStart(server: EmbeddedDatabase): Promise<string | undefined> {
    for (let i = 0; i < 200 && !server.problem; i++) await sleep(100);
    return server.problem?.code;
  }

  function mountSmallDisk(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const path = mkdtempSync(join(tmpdir(), 'bonafide-disk-'));
    const { status } = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=64m,mode=700',
      'tmpfs',
      path,
    ]);
    if (status === 0) return path;
    rmSync(path, { recursive: true });
    return undefined;
  }
});
