import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { EvidenceId, SessionId, TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { Stream } from '../checks/index.ts';
import type { Expired } from './retention.ts';

export interface Evidence {
  readonly id: EvidenceId;
  readonly session: SessionId;
  readonly stream: Stream;
  readonly attempt: number;
  readonly object: ObjectId;
  /** Hex digest of the capture as it was sent. */
  readonly sha256: string;
  readonly contentType: string;
  readonly size: number;
  readonly receivedAt: Date;
  readonly deletedAt: Date | null;
}

export type NewEvidence = Omit<Evidence, 'receivedAt' | 'deletedAt'>;

export function createEvidenceRepository(tx: Tx) {
  return {
    async insert(tenant: TenantId, evidence: NewEvidence): Promise<void> {
      await tx
        .insertInto('evidence')
        .values({
          id: evidence.id,
          tenant_id: tenant,
          session_id: evidence.session,
          stream: evidence.stream,
          attempt: evidence.attempt,
          object_id: evidence.object,
          sha256: evidence.sha256,
          content_type: evidence.contentType,
          size: evidence.size,
        })
        .execute();
    },

    async find(tenant: TenantId, ids: readonly string[]): Promise<Evidence[]> {
      if (ids.length === 0) return [];
      const rows = await tx
        .selectFrom('evidence')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', 'in', ids as readonly EvidenceId[])
        .execute();
      return rows.map(toEvidence);
    },

    async listOf(tenant: TenantId, session: SessionId): Promise<Evidence[]> {
      const rows = await tx
        .selectFrom('evidence')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .orderBy('received_at')
        .orderBy('id')
        .execute();
      return rows.map(toEvidence);
    },

    async findByObject(
      tenant: TenantId,
      session: SessionId,
      object: ObjectId,
    ): Promise<Evidence | undefined> {
      const row = await tx
        .selectFrom('evidence')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .where('object_id', '=', object)
        .executeTakeFirst();
      return row && toEvidence(row);
    },
  };
}

/** What happens to captures after their session. */
export function createEvidenceUpkeepRepository(tx: Tx) {
  return {
    async setExpiry(tenant: TenantId, session: SessionId, at: Date): Promise<void> {
      await tx
        .updateTable('evidence')
        .set({ expires_at: at })
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },

    /** No row stays: even the digest of a picture says something about a person. */
    async erase(tenant: TenantId, session: SessionId): Promise<void> {
      await tx
        .deleteFrom('evidence')
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },

    async findExpiredUnscoped(now: Date, limit: number): Promise<Expired[]> {
      const rows = await tx
        .selectFrom('evidence')
        .select(['id', 'tenant_id', 'object_id'])
        .where('expires_at', '<=', now)
        .where('deleted_at', 'is', null)
        .orderBy('expires_at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        kind: 'evidence',
        id: row.id,
        tenant: row.tenant_id,
        object: row.object_id,
      }));
    },

    async markDeletedUnscoped(ids: readonly EvidenceId[]): Promise<void> {
      if (ids.length === 0) return;
      await tx
        .updateTable('evidence')
        .set({ deleted_at: sql`now()` })
        .where('id', 'in', ids)
        .execute();
    },
  };
}

function toEvidence(row: Selectable<Schema['evidence']>): Evidence {
  return {
    id: row.id,
    session: row.session_id,
    stream: row.stream as Stream,
    attempt: row.attempt,
    object: row.object_id,
    sha256: row.sha256,
    contentType: row.content_type,
    size: row.size,
    receivedAt: row.received_at,
    deletedAt: row.deleted_at,
  };
}
