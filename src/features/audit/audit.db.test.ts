import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  createTestDatabase,
  describeOnEachEngine,
  type TestDatabase,
} from '../../../test/support/database.ts';
import { newId, type TenantId } from '../../core/ids.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import { createAuditLog } from './index.ts';

const audit = createAuditLog(randomBytes(32));

describeOnEachEngine('audit trail', (engine) => {
  let database: TestDatabase;
  let tenant: TenantId;
  const append = (count: number, target = newId('session')) =>
    withTenant(database.db, tenant, async (tx) => {
      for (let n = 0; n < count; n++) {
        const details = { b: n, a: 'x', nothing: null };
        await audit.append(tx, tenant, { actor: 'system', action: 'test.done', target, details });
      }
    });
  const verify = () => audit.verify(database.db, tenant);
  /** As somebody who owns the server: neither roles nor policies hold. */
  const tamper = async (statement: string) => {
    const { rows } = await sql<{
      is_super: boolean;
    }>`select rolsuper as is_super from pg_roles where rolname = current_user`.execute(database.db);
    await database.db.transaction().execute(async (tx) => {
      if (!rows[0]?.is_super)
        await sql`alter table audit_entry no force row level security`.execute(tx);
      if (!rows[0]?.is_super)
        await sql`alter table audit_head no force row level security`.execute(tx);
      await sql.raw(statement).execute(tx);
    });
  };

  beforeAll(async () => {
    database = await createTestDatabase(engine);
  });
  beforeEach(async () => {
    tenant = newId('tenant');
    await withSystem(database.db, (tx) =>
      tx.insertInto('tenant').values({ id: tenant, name: 'x' }).execute(),
    );
  });
  afterAll(() => database?.close());

  it('is whole after writers competed, and its numbers have no gap', async () => {
    await Promise.all(Array.from({ length: 8 }, () => append(3)));
    expect(await verify()).toMatchObject({ entries: 24, faults: [], head: { seq: 24 } });
    const listed = await audit.list(database.db, tenant, { limit: 3, before: 20 });
    expect(listed.map(({ seq }) => seq)).toEqual([19, 18, 17]);
  });

  it('holds an entry if and only if its transaction commits', async () => {
    await append(1);
    const failing = withTenant(database.db, tenant, async (tx) => {
      await audit.append(tx, tenant, { actor: 'system', action: 'test.done', target: 'x' });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await verify()).toMatchObject({ entries: 1, faults: [] });
  });

  it('is verified while others write to it', async () => {
    await append(5);
    const [verification] = await Promise.all([verify(), append(5), append(5)]);
    expect(verification.faults).toEqual([]);
  });

  it('shows a changed, a deleted and a cut off row, each where it is', async () => {
    const where = (seq: string) => `where tenant_id = '${tenant}' and seq ${seq}`;
    await append(9);
    await tamper(`update audit_entry set details = details || '{"b": 77}' ${where('= 4')}`);
    expect((await verify()).faults).toEqual([{ kind: 'altered', seq: 4 }]);
    await tamper(`delete from audit_entry ${where('= 6')}`);
    expect((await verify()).faults).toEqual([
      { kind: 'altered', seq: 4 },
      { kind: 'missing', seq: 6 },
    ]);
    await tamper(`delete from audit_entry ${where('> 7')}`);
    expect((await verify()).faults.at(-1)).toEqual({ kind: 'truncated', seq: 8 });
    await tamper(`delete from audit_head where tenant_id = '${tenant}'`);
    expect((await verify()).faults.at(-1)).toMatchObject({ kind: 'head_altered' });
  });

  it('shows that all of it is gone', async () => {
    await append(2);
    await tamper(`delete from audit_entry where tenant_id = '${tenant}'`);
    expect((await verify()).faults).toEqual([{ kind: 'truncated', seq: 1 }]);
  });

  it('shows that it was signed with another key', async () => {
    await append(2);
    const { faults } = await createAuditLog(randomBytes(32)).verify(database.db, tenant);
    expect(faults.map(({ kind }) => kind)).toEqual(['altered', 'altered', 'head_altered']);
  });
});
