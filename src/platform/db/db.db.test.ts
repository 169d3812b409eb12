import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import { connect } from './connect.ts';
import { migrate, migrationsDirectory, readMigrations } from './migrate.ts';
import { enqueue, finishOutbox, retryOutboxLater, takeOutbox } from './outbox.ts';
import { withSystem, withTenant } from './transaction.ts';

async function insertTenants(database: TestDatabase): Promise<[TenantId, TenantId]> {
  const ids: [TenantId, TenantId] = [newId('tenant'), newId('tenant')];
  await withSystem(database.db, async (tx) => {
    for (const id of ids) await tx.insertInto('tenant').values({ id, name: id }).execute();
  });
  return ids;
}

describeOnEachEngine('migrations', (engine) => {
  let database: TestDatabase;
  const directories: string[] = [];

  /** A copy of the real ones, to be changed. */
  function copyMigrations(): URL {
    const directory = mkdtempSync(join(tmpdir(), 'bonafide-migrations-'));
    directories.push(directory);
    cpSync(fileURLToPath(migrationsDirectory), directory, { recursive: true });
    return pathToFileURL(`${directory}/`);
  }

  beforeAll(async () => {
    database = await createTestDatabase(engine);
  });
  afterAll(async () => {
    await database?.close();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it('are applied once, however many copies start together', async () => {
    const directory = copyMigrations();
    writeFileSync(
      new URL('9001-counter.sql', directory),
      'create table counter (n int); insert into counter values (1);',
    );
    const pools = Array.from({ length: 4 }, () => connect(database.url));
    const applied = await Promise.all(pools.map((pool) => migrate(pool, directory)));
    expect(applied.flat()).toEqual(['9001-counter.sql']);
    expect(await migrate(database.db, directory)).toEqual([]);
    await Promise.all(pools.map((pool) => pool.destroy()));
  });

  it('refuse a database that a newer release has written, and leave it as it is', async () => {
    await expect(migrate(database.db)).rejects.toMatchObject({
      code: 'database_too_new',
      message: expect.stringContaining('9001-counter.sql'),
    });
  });

  it('refuse to go on when an applied one was edited', async () => {
    const directory = copyMigrations();
    writeFileSync(new URL('9001-counter.sql', directory), 'create table counter (n bigint);');
    await expect(migrate(database.db, directory)).rejects.toMatchObject({
      code: 'database_migration_changed',
      message: '9001-counter.sql',
    });
  });

  it('happen as a whole or not at all', async () => {
    const directory = copyMigrations();
    writeFileSync(
      new URL('9001-counter.sql', directory),
      'create table counter (n int); insert into counter values (1);',
    );
    writeFileSync(new URL('9002-good.sql', directory), 'create table half_done (n int);');
    writeFileSync(new URL('9003-broken.sql', directory), 'create table oops (');
    await expect(migrate(database.db, directory)).rejects.toThrow(/syntax error/);
    const { rows } = await sql`select to_regclass('half_done') as found`.execute(database.db);
    expect(rows).toEqual([{ found: null }]);
  });

  it('protect every table that has a tenant', async () => {
    const { rows } = await sql<{ name: string; forced: boolean; policies: number }>`
      select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
        (select count(*) from pg_policy p where p.polrelid = c.oid) as policies
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace`.execute(database.db);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['api_key', 'audit_entry']),
    );
    for (const { name, forced, policies } of rows) {
      expect({ name, forced, policies }).toEqual({ name, forced: true, policies: 2 });
    }
    expect(await readMigrations()).not.toHaveLength(0);
  });
});

describeOnEachEngine('transactions', (engine) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase(engine);
  });
  afterAll(() => database?.close());

  describe('row-level security', () => {
    let mine: TenantId;
    let foreign: TenantId;

    beforeAll(async () => {
      [mine, foreign] = await insertTenants(database);
      for (const tenant of [mine, foreign]) {
        await withTenant(database.db, tenant, (tx) =>
          enqueue(tx, { tenant, topic: 'test', key: tenant, payload: {} }),
        );
      }
    });

    it('binds a role that owns nothing and cannot step around it', async () => {
      const role = await withTenant(database.db, mine, async (tx) => {
        const { rows } = await sql`
        select current_user as name, rolsuper, rolbypassrls,
          (select count(*) from pg_class where relowner = pg_roles.oid) as owned
        from pg_roles where rolname = current_user`.execute(tx);
        return rows[0];
      });
      expect(role).toEqual({
        name: 'bonafide_tenant',
        rolsuper: false,
        rolbypassrls: false,
        owned: 0,
      });
    });

    it('shows rows of the tenant and no others, by real ids', async () => {
      const seen = await withTenant(database.db, mine, async (tx) => ({
        all: await tx.selectFrom('outbox').select('tenant_id').execute(),
        foreign: await tx
          .selectFrom('outbox')
          .selectAll()
          .where('tenant_id', '=', foreign)
          .execute(),
        tenants: await tx.selectFrom('tenant').select('id').execute(),
      }));
      expect(seen).toEqual({ all: [{ tenant_id: mine }], foreign: [], tenants: [{ id: mine }] });
      const all = await withSystem(database.db, (tx) =>
        tx.selectFrom('outbox').selectAll().execute(),
      );
      expect(all).toHaveLength(2);
    });

    it('lets nobody change, delete, add or give away rows of another tenant', async () => {
      const touched = await withTenant(database.db, mine, async (tx) => [
        await tx
          .updateTable('outbox')
          .set({ topic: 'x' })
          .where('tenant_id', '=', foreign)
          .executeTakeFirst(),
        await tx.deleteFrom('outbox').where('tenant_id', '=', foreign).executeTakeFirst(),
      ]);
      expect(touched).toEqual(
        [{ numUpdatedRows: 0n }, { numDeletedRows: 0n }].map((change) =>
          expect.objectContaining(change),
        ),
      );
      const row = { tenant_id: foreign, topic: 'test', key: 'k', payload: {} };
      const adding = withTenant(database.db, mine, (tx) =>
        tx.insertInto('outbox').values(row).execute(),
      );
      await expect(adding).rejects.toThrow(/row-level security/);
      const giving = withTenant(database.db, mine, (tx) =>
        tx.updateTable('outbox').set({ tenant_id: foreign }).execute(),
      );
      await expect(giving).rejects.toThrow(/row-level security/);
    });

    it('shows nothing without a tenant', async () => {
      const rows = await withTenant(database.db, '' as TenantId, (tx) =>
        tx.selectFrom('outbox').selectAll().execute(),
      );
      expect(rows).toEqual([]);
    });

    it('ends with its transaction, also when that fails, and leaks to no other client', async () => {
      const failing = withTenant(database.db, mine, () =>
        Promise.reject(new Error('of the caller')),
      );
      await expect(failing).rejects.toThrow('of the caller');
      const { rows } = await sql<{ role: string; tenant: string | null }>`
      select current_setting('role') as role, nullif(current_setting('app.tenant', true), '') as tenant`.execute(
        database.db,
      );
      expect(rows).toEqual([{ role: 'none', tenant: null }]);
    });

    it('holds while two tenants are served at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => {
          const tenant = i % 2 ? mine : foreign;
          return withTenant(database.db, tenant, async (tx) => {
            const rows = await tx.selectFrom('outbox').select('tenant_id').execute();
            return rows.length === 1 && rows[0]?.tenant_id === tenant;
          });
        }),
      );
      expect(answers.every(Boolean)).toBe(true);
    });

    it('does not let a trail be rewritten', async () => {
      const rewriting = withTenant(database.db, mine, (tx) =>
        tx.updateTable('audit_entry').set({ actor: 'me' }).execute(),
      );
      await expect(rewriting).rejects.toThrow(/permission denied/);
      const deleting = withSystem(database.db, (tx) => tx.deleteFrom('audit_entry').execute());
      await expect(deleting).rejects.toThrow(/permission denied/);
    });
  });

  describe('outbox', () => {
    let tenant: TenantId;
    const topics = ['session'];
    const take = (limit = 10, leaseMs = 60_000) =>
      takeOutbox(database.db, topics, { limit, leaseMs });
    const add = (key: string, n: number) =>
      withTenant(database.db, tenant, (tx) =>
        enqueue(tx, { tenant, topic: 'session', key, payload: { n } }),
      );

    beforeAll(async () => {
      await empty();
      [tenant] = await insertTenants(database);
    });
    const empty = () => withSystem(database.db, (tx) => tx.deleteFrom('outbox').execute());
    afterEach(empty);

    it('holds what was committed and nothing else', async () => {
      const failing = withTenant(database.db, tenant, async (tx) => {
        await enqueue(tx, { tenant, topic: 'session', key: 'a', payload: { n: 1 } });
        throw new Error('rolled back');
      });
      await expect(failing).rejects.toThrow('rolled back');
      expect(await take()).toEqual([]);
    });

    it('gives the messages of one key one after the other, those of others beside them', async () => {
      for (const n of [1, 2, 3]) await add('a', n);
      await add('b', 1);
      const seen: unknown[] = [];
      for (let batch = await take(); batch.length > 0; batch = await take()) {
        seen.push(batch.map(({ key, payload }) => [key, payload.n]));
        for (const message of batch) expect(await finishOutbox(database.db, [message])).toBe(1);
      }
      expect(seen).toEqual([
        [
          ['a', 1],
          ['b', 1],
        ],
        [['a', 2]],
        [['a', 3]],
      ]);
    });

    it('gives each message to one of many takers', async () => {
      for (let n = 0; n < 12; n++) await add(`key-${n}`, n);
      const batches = await Promise.all(Array.from({ length: 6 }, () => take(4)));
      const ids = batches.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await take(20);
      expect(ids.length + rest.length).toBe(12);
    });

    it('gives a message again when its taker died, and lets the late one change nothing', async () => {
      await add('a', 1);
      const [lost] = await take(1, 0);
      const [again] = await take(1, 60_000);
      expect(again).toMatchObject({ id: lost?.id, attempts: 2 });
      if (!lost || !again) throw new Error('nothing taken');
      expect(await finishOutbox(database.db, [lost])).toBe(0);
      expect(await finishOutbox(database.db, [again])).toBe(1);
    });

    it('holds back later messages of a key while an earlier one waits', async () => {
      await add('a', 1);
      await add('a', 2);
      const [first] = await take();
      if (!first) throw new Error('nothing taken');
      await retryOutboxLater(database.db, first, 60_000);
      expect(await take()).toEqual([]);
      await retryOutboxLater(database.db, first, 0);
      expect(await take()).toMatchObject([{ id: first.id, payload: { n: 1 } }]);
    });

    it('keeps the order of commits for one key when writers compete', async () => {
      await Promise.all(
        Array.from({ length: 10 }, () =>
          withTenant(database.db, tenant, async (tx) => {
            await enqueue(tx, { tenant, topic: 'session', key: 'a', payload: {} });
            // Under the key's lock: this is the number that a later writer must not overtake.
            await sql`update outbox set payload = jsonb_build_object('seen', (select count(*) from outbox)) where id = (select max(id) from outbox)`.execute(
              tx,
            );
          }),
        ),
      );
      const rows = await withSystem(database.db, (tx) =>
        tx.selectFrom('outbox').select('payload').orderBy('id').execute(),
      );
      expect(rows.map(({ payload }) => payload.seen)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    });
  });
});
