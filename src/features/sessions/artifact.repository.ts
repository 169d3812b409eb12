import type { Selectable } from 'kysely';
import type { Id, SessionId, TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';

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
    /** Those that are there already stay: what made them was told twice. */
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
        .onConflict((conflict) => conflict.doNothing())
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
