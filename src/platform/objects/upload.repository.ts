import type { Selectable } from 'kysely';
import type { Id, SubjectId, TenantId } from '../../core/ids.ts';
import type { ObjectId, StoredObject } from '../../core/objects.ts';
import type { Schema, Tx } from '../db/schema.ts';

export type UploadId = Id<'upload'>;

export interface Upload {
  readonly id: UploadId;
  readonly tenant: TenantId;
  readonly subject: SubjectId | undefined;
  readonly purpose: string;
  readonly kind: string;
  readonly maxBytes: number;
  readonly state: 'open' | 'completed' | 'abandoned';
  readonly expiresAt: Date;
  /** Once it is completed. */
  readonly object: StoredObject | undefined;
}

export interface UploadPart {
  /** Counts from 1. */
  readonly number: number;
  readonly object: StoredObject;
}

export interface FoundUpload {
  readonly upload: Upload;
  /** What has arrived, in order: a sender sees where to go on. */
  readonly parts: readonly UploadPart[];
}

export function createUploadRepository(tx: Tx) {
  return {
    async insert(upload: Upload): Promise<void> {
      await tx
        .insertInto('upload')
        .values({
          id: upload.id,
          tenant_id: upload.tenant,
          subject_id: upload.subject ?? null,
          purpose: upload.purpose,
          kind: upload.kind,
          max_bytes: upload.maxBytes,
          state: upload.state,
          expires_at: upload.expiresAt,
        })
        .execute();
    },

    async find(tenant: TenantId, id: UploadId): Promise<Upload | undefined> {
      const row = await selectUpload(tx, tenant, id).executeTakeFirst();
      return row && toUpload(row);
    },

    /** Holds the row until the transaction ends, so that parts and completion come one after the other. */
    async lock(tenant: TenantId, id: UploadId): Promise<Upload | undefined> {
      const row = await selectUpload(tx, tenant, id).forUpdate().executeTakeFirst();
      return row && toUpload(row);
    },

    async complete(tenant: TenantId, id: UploadId, object: StoredObject): Promise<void> {
      await tx
        .updateTable('upload')
        .set({ state: 'completed', object_id: object.id, size: object.size, sha256: object.sha256 })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
    },

    async abandon(tenant: TenantId, id: UploadId): Promise<void> {
      await tx
        .updateTable('upload')
        .set({ state: 'abandoned' })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .where('state', '=', 'open')
        .execute();
    },

    async remove(tenant: TenantId, id: UploadId): Promise<void> {
      await tx.deleteFrom('upload').where('tenant_id', '=', tenant).where('id', '=', id).execute();
    },

    async ofSubject(tenant: TenantId, subject: SubjectId): Promise<UploadId[]> {
      const rows = await tx
        .selectFrom('upload')
        .select('id')
        .where('tenant_id', '=', tenant)
        .where('subject_id', '=', subject)
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Across tenants: what has expired, oldest first. */
    async expired(now: Date, limit: number): Promise<Upload[]> {
      const rows = await tx
        .selectFrom('upload')
        .selectAll()
        .where('expires_at', '<=', now)
        .orderBy('expires_at')
        .limit(limit)
        .execute();
      return rows.map(toUpload);
    },
  };
}

/** Parts that have arrived. */
export function createUploadPartRepository(tx: Tx) {
  return {
    async insert(tenant: TenantId, upload: UploadId, part: UploadPart): Promise<void> {
      const { number, object } = part;
      await tx
        .insertInto('upload_part')
        .values({
          tenant_id: tenant,
          upload_id: upload,
          number,
          object_id: object.id,
          size: object.size,
          sha256: object.sha256,
        })
        .execute();
    },

    /** In order. */
    async list(tenant: TenantId, upload: UploadId): Promise<UploadPart[]> {
      const rows = await tx
        .selectFrom('upload_part')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('upload_id', '=', upload)
        .orderBy('number')
        .execute();
      return rows.map(({ number, object_id, size, sha256 }) => ({
        number,
        object: { id: object_id, size, sha256 },
      }));
    },

    async removeAll(tenant: TenantId, upload: UploadId): Promise<void> {
      await tx
        .deleteFrom('upload_part')
        .where('tenant_id', '=', tenant)
        .where('upload_id', '=', upload)
        .execute();
    },
  };
}

function selectUpload(tx: Tx, tenant: TenantId, id: UploadId) {
  return tx.selectFrom('upload').selectAll().where('tenant_id', '=', tenant).where('id', '=', id);
}

function toUpload(row: Selectable<Schema['upload']>): Upload {
  const { object_id, size, sha256 } = row;
  const isComplete = object_id !== null && size !== null && sha256 !== null;
  return {
    id: row.id,
    tenant: row.tenant_id,
    subject: row.subject_id ?? undefined,
    purpose: row.purpose,
    kind: row.kind,
    maxBytes: row.max_bytes,
    state: row.state,
    expiresAt: row.expires_at,
    object: isComplete ? { id: object_id as ObjectId, size, sha256 } : undefined,
  };
}
