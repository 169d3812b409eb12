import { AppError } from '../../core/errors.ts';
import { isId, newId, type SubjectId, type TenantId } from '../../core/ids.ts';
import type { ObjectStore, StoredObject } from '../../core/objects.ts';
import type { Db } from '../db/schema.ts';
import { withSystem, withTenant } from '../db/transaction.ts';
import { completeUpload, type OnComplete, type UploadClaim } from './complete-upload.ts';
import { putPart } from './put-part.ts';
import {
  createUploadPartRepository,
  createUploadRepository,
  type FoundUpload,
  type Upload,
  type UploadId,
  type UploadPart,
} from './upload.repository.ts';

export type { OnComplete, UploadClaim } from './complete-upload.ts';
export type { FoundUpload, Upload, UploadPart } from './upload.repository.ts';

export interface NewUpload {
  readonly subject?: SubjectId;
  /** Session and stream, or whatever the maker will want to compare later. No personal data. */
  readonly purpose: string;
  /** Kind of the finished object. */
  readonly kind: string;
  /** Limit of the stream. */
  readonly maxBytes: number;
}

/**
 * Uploads that survive a broken line: parts in any order, each sealed at once and safe to repeat, put together
 * at the end. A foreign, unknown or misspelt id is upload_not_found everywhere.
 */
export interface Uploads {
  /** Expires after a day. */
  create(tenant: TenantId, upload: NewUpload): Promise<Upload>;
  find(tenant: TenantId, id: string): Promise<FoundUpload>;
  /**
   * Stores one part (from 1); the same part with the same bytes again is fine.
   * @throws AppError upload_not_found | upload_closed | upload_part_conflict | object_too_large
   */
  putPart(
    tenant: TenantId,
    id: string,
    number: number,
    body: Uint8Array | AsyncIterable<Uint8Array>,
  ): Promise<UploadPart>;
  /**
   * Puts the parts together into one object. Repeating it after success answers the same object again, without
   * calling `onComplete`, which runs in the transaction that completes the upload.
   * @throws AppError upload_not_found | upload_closed | upload_incomplete | upload_mismatch
   */
  complete(
    tenant: TenantId,
    id: string,
    claim: UploadClaim,
    onComplete?: OnComplete,
  ): Promise<StoredObject>;
  /** Repeatable. @throws AppError upload_not_found | upload_closed when it is completed */
  abandon(tenant: TenantId, id: string): Promise<void>;
  /** Ends what has expired, with its parts and its row; finished objects stay. Answers how many. */
  expire(limit?: number): Promise<number>;
  /** For the erasure of a person: no row and no part stays. */
  removeOfSubject(tenant: TenantId, subject: SubjectId): Promise<void>;
}

const LIFETIME_MS = 24 * 3_600_000;

export function createUploads(db: Db, objects: ObjectStore, now = () => new Date()): Uploads {
  const find = (tenant: TenantId, id: string) => findUpload(db, tenant, id);
  return {
    find,

    async create(tenant, { subject, ...rest }) {
      const id = newId('upload');
      const expiresAt = new Date(now().getTime() + LIFETIME_MS);
      const upload = {
        ...rest,
        id,
        tenant,
        subject,
        expiresAt,
        state: 'open',
        object: undefined,
      } as const;
      await withTenant(db, tenant, (tx) => createUploadRepository(tx).insert(upload));
      return upload;
    },

    putPart: async (tenant, id, number, body) =>
      putPart({ db, objects, now }, await find(tenant, id), number, body),

    async complete(tenant, id, claim, onComplete) {
      const object = await completeUpload(
        { db, objects, now, find },
        tenant,
        id,
        claim,
        onComplete,
      );
      await removeParts(db, objects, tenant, id);
      return object;
    },

    async abandon(tenant, id) {
      const { upload } = await find(tenant, id);
      if (upload.state === 'completed') throw new AppError('upload_closed');
      await withTenant(db, tenant, (tx) => createUploadRepository(tx).abandon(tenant, upload.id));
      await removeParts(db, objects, tenant, id);
    },

    async expire(limit = 100) {
      const expired = await withSystem(db, (tx) =>
        createUploadRepository(tx).expired(now(), limit),
      );
      for (const { tenant, id } of expired) await removeUpload(db, objects, tenant, id);
      return expired.length;
    },

    async removeOfSubject(tenant, subject) {
      const ids = await withTenant(db, tenant, (tx) =>
        createUploadRepository(tx).ofSubject(tenant, subject),
      );
      for (const id of ids) await removeUpload(db, objects, tenant, id);
    },
  };
}

async function findUpload(db: Db, tenant: TenantId, id: string): Promise<FoundUpload> {
  if (!isId('upload', id)) throw new AppError('upload_not_found');
  return withTenant(db, tenant, async (tx) => {
    const upload = await createUploadRepository(tx).find(tenant, id);
    if (!upload) throw new AppError('upload_not_found');
    return { upload, parts: await createUploadPartRepository(tx).list(tenant, id) };
  });
}

/** Another process may remove it at the same time. */
async function removeUpload(
  db: Db,
  objects: ObjectStore,
  tenant: TenantId,
  id: UploadId,
): Promise<void> {
  // Closed first, so that no part arrives behind our back.
  await withTenant(db, tenant, (tx) => createUploadRepository(tx).abandon(tenant, id));
  await removeParts(db, objects, tenant, id);
  await withTenant(db, tenant, (tx) => createUploadRepository(tx).remove(tenant, id));
}

/** Objects before rows: rows of objects that are gone are harmless, objects without rows would be orphans. */
async function removeParts(
  db: Db,
  objects: ObjectStore,
  tenant: TenantId,
  id: string,
): Promise<void> {
  if (!isId('upload', id)) return;
  const parts = await withTenant(db, tenant, (tx) =>
    createUploadPartRepository(tx).list(tenant, id),
  );
  for (const { object } of parts) await objects.delete(tenant, object.id);
  await withTenant(db, tenant, (tx) => createUploadPartRepository(tx).removeAll(tenant, id));
}
