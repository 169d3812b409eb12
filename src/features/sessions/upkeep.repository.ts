import { sql } from 'kysely';
import type { SessionId, TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Tx } from '../../platform/db/schema.ts';

/** Tables whose rows stand for a stored object of a session. */
export const storedKinds = ['evidence', 'artifact'] as const;
export type StoredKind = (typeof storedKinds)[number];

/** A row whose retention has ended. */
export interface Expired {
  readonly kind: StoredKind;
  readonly id: string;
  readonly tenant: TenantId;
  readonly object: ObjectId;
}

/** What happens to captures and artifacts after their session. */
export function createUpkeepRepository(tx: Tx, kind: StoredKind) {
  return {
    /** @param artifact only those of this kind, where the kind of an artifact decides */
    async setExpiry(
      tenant: TenantId,
      session: SessionId,
      at: Date,
      artifact?: string,
    ): Promise<void> {
      await tx
        .updateTable(kind)
        .set({ expires_at: at })
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .$if(artifact !== undefined, (query) => query.where(sql.ref('kind'), '=', artifact))
        .execute();
    },

    /** No row stays: even the digest of a picture says something about a person. */
    async erase(tenant: TenantId, session: SessionId): Promise<void> {
      await tx
        .deleteFrom(kind)
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },

    async findExpiredUnscoped(now: Date, limit: number): Promise<Expired[]> {
      const rows = await tx
        .selectFrom(kind)
        .select(['id', 'tenant_id', 'object_id'])
        .where('expires_at', '<=', now)
        .where('deleted_at', 'is', null)
        .orderBy('expires_at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        kind,
        id: row.id,
        tenant: row.tenant_id,
        object: row.object_id,
      }));
    },

    async markDeletedUnscoped(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      await tx
        .updateTable(kind)
        .set({ deleted_at: sql`now()` })
        .where(sql.ref('id'), 'in', ids)
        .execute();
    },
  };
}
