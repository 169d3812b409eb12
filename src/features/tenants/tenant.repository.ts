import type { Selectable } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { Tenant } from './tenant.ts';

/** Needs `withSystem`: a tenant can see itself, but neither make nor list tenants. */
export function createTenantRepository(tx: Tx) {
  return {
    async insert(id: TenantId, name: string): Promise<Tenant> {
      const row = await tx
        .insertInto('tenant')
        .values({ id, name })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toTenant(row);
    },

    async find(id: string): Promise<Tenant | undefined> {
      const row = await tx
        .selectFrom('tenant')
        .selectAll()
        .where('id', '=', id as TenantId)
        .executeTakeFirst();
      return row && toTenant(row);
    },

    async list(): Promise<Tenant[]> {
      const rows = await tx.selectFrom('tenant').selectAll().orderBy('id').execute();
      return rows.map(toTenant);
    },
  };
}

function toTenant(row: Selectable<Schema['tenant']>): Tenant {
  return { id: row.id, name: row.name, createdAt: row.created_at };
}
