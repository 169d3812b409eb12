import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Id, SessionId, TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { Expired } from './retention.ts';

export interface Artifact {
  readonly id: Id<'artifact'>;
  readonly session: SessionId;
  readonly kind: string;
  /** Task that made it. */
  readonly task: string;
  readonly object: ObjectId;
  readonly sha256: string;
  readonly contentType: string;
  readonly size: number;
  readonly createdAt: Date;
  readonly deletedAt: Date | null;
}

export type NewArtifact = Omit<Artifact, 'createdAt' | 'deletedAt'>;

export function createArtifactRepository(tx: Tx) {
  return {
    async insert(tenant: TenantId, artifacts: readonly NewArtifact[]): Promise<void> {
      if (artifacts.length === 0) return;
      await tx
        .insertInto('artifact')
        .values(
          artifacts.map((artifact) => ({
            id: artifact.id,
            tenant_id: tenant,
            session_id: artifact.session,
            kind: artifact.kind,
            task: artifact.task,
            object_id: artifact.object,
            sha256: artifact.sha256,
            content_type: artifact.contentType,
            size: artifact.size,
          })),
        )
        .execute();
    },

    async find(tenant: TenantId, ids: readonly string[]): Promise<Artifact[]> {
      if (ids.length === 0) return [];
      const rows = await tx
        .selectFrom('artifact')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', 'in', ids as readonly Id<'artifact'>[])
        .execute();
      return rows.map(toArtifact);
    },

    async listOf(tenant: TenantId, session: SessionId): Promise<Artifact[]> {
      const rows = await tx
        .selectFrom('artifact')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
      return rows.map(toArtifact);
    },
  };
}

/** What happens to artifacts after their session. */
export function createArtifactUpkeepRepository(tx: Tx) {
  return {
    async setExpiry(tenant: TenantId, session: SessionId, kind: string, at: Date): Promise<void> {
      await tx
        .updateTable('artifact')
        .set({ expires_at: at })
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .where('kind', '=', kind)
        .execute();
    },

    /** No row stays: even the digest of a picture says something about a person. */
    async erase(tenant: TenantId, session: SessionId): Promise<void> {
      await tx
        .deleteFrom('artifact')
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },

    async findExpiredUnscoped(now: Date, limit: number): Promise<Expired[]> {
      const rows = await tx
        .selectFrom('artifact')
        .select(['id', 'tenant_id', 'object_id'])
        .where('expires_at', '<=', now)
        .where('deleted_at', 'is', null)
        .orderBy('expires_at')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        kind: 'artifact',
        id: row.id,
        tenant: row.tenant_id,
        object: row.object_id,
      }));
    },

    async markDeletedUnscoped(ids: readonly Id<'artifact'>[]): Promise<void> {
      if (ids.length === 0) return;
      await tx
        .updateTable('artifact')
        .set({ deleted_at: sql`now()` })
        .where('id', 'in', ids)
        .execute();
    },
  };
}

function toArtifact(row: Selectable<Schema['artifact']>): Artifact {
  return {
    id: row.id,
    session: row.session_id,
    kind: row.kind,
    task: row.task,
    object: row.object_id,
    sha256: row.sha256,
    contentType: row.content_type,
    size: row.size,
    createdAt: row.created_at,
    deletedAt: row.deleted_at,
  };
}
