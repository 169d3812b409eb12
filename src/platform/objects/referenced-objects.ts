import { sql } from 'kysely';
import type { ListedObject, ObjectId } from '../../core/objects.ts';
import type { Db, Tx } from '../db/schema.ts';
import { withSystem } from '../db/transaction.ts';
import type { FindReferenced } from './collect-orphans.ts';

/**
 * Asks every table that has a column `object_id`: rows refer to objects by that name and no other, so that no
 * list of tables can be forgotten. Objects of tenants that this database does not know are not ours to judge:
 * they may belong to another installation, or to the database that this one should be.
 */
export function createFindReferenced(db: Db): FindReferenced {
  return (objects) =>
    withSystem(db, async (tx) => {
      const tenants = await knownTenants(tx, objects);
      const foreign = objects.filter(({ tenant }) => !tenants.has(tenant)).map(({ id }) => id);
      const referenced = new Set<ObjectId>(foreign);
      for (const table of await tablesWithObjects(tx)) {
        const ids = objects.map(({ id }) => id);
        const { rows } = await sql<{ object_id: ObjectId }>`
          select object_id from ${sql.table(table)} where object_id = any(${ids}::text[])`.execute(
          tx,
        );
        for (const { object_id } of rows) referenced.add(object_id);
      }
      return referenced;
    });
}

async function knownTenants(tx: Tx, objects: readonly ListedObject[]): Promise<Set<string>> {
  const rows = await tx
    .selectFrom('tenant')
    .select('id')
    .where('id', 'in', [...new Set(objects.map(({ tenant }) => tenant))])
    .execute();
  return new Set(rows.map(({ id }) => id));
}

async function tablesWithObjects(tx: Tx): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class join pg_attribute on attrelid = pg_class.oid
    where attname = 'object_id' and relkind in ('r', 'p') and not attisdropped
      and relnamespace = current_schema()::regnamespace`.execute(tx);
  return rows.map(({ name }) => name);
}
