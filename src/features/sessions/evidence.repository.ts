import type { Selectable } from 'kysely';
import type { EvidenceId, SessionId, TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { Stream } from '../checks/index.ts';

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
