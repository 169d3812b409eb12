import { AppError } from '../../core/errors.ts';
import type { TenantId } from '../../core/ids.ts';
import type { ObjectStore, StoredObject } from '../../core/objects.ts';
import type { Db, Tx } from '../db/schema.ts';
import { withTenant } from '../db/transaction.ts';
import {
  createUploadRepository,
  type FoundUpload,
  type Upload,
  type UploadPart,
} from './upload.repository.ts';
import { removeIfRefused, requireOpen, totalSize } from './upload-rules.ts';

/** What the sender says about the whole. */
export interface UploadClaim {
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
}

/** Writes what belongs to the finished object, in the same transaction. No network calls in it. */
export type OnComplete = (tx: Tx, object: StoredObject) => Promise<void>;

interface CompleteContext {
  readonly db: Db;
  readonly objects: ObjectStore;
  readonly now: () => Date;
  readonly find: (tenant: TenantId, id: string) => Promise<FoundUpload>;
}

export async function completeUpload(
  { db, objects, now, find }: CompleteContext,
  tenant: TenantId,
  id: string,
  claim: UploadClaim,
  onComplete?: OnComplete,
): Promise<StoredObject> {
  const { upload, parts } = await find(tenant, id);
  if (upload.object) return requireSame(upload.object, claim);
  requireOpen(upload, now());
  requireAllParts(parts, claim);
  const fresh = await join(objects, upload, parts).catch(async (error: unknown) => {
    // The parts are gone when another call has finished meanwhile; then that one's object counts.
    const { object } = (await find(tenant, id)).upload;
    if (!object) throw error;
  });
  if (!fresh) return completeUpload({ db, objects, now, find }, tenant, id, claim, onComplete);
  const kept = await removeIfRefused(objects, tenant, fresh, async () => {
    requireSame(fresh, claim);
    return withTenant(db, tenant, (tx) => finish(tx, upload, fresh, now(), onComplete));
  });
  if (kept.id !== fresh.id) await objects.delete(tenant, fresh.id);
  return requireSame(kept, claim);
}

/** The object that counts: this one, or the one that a second call has finished meanwhile. */
async function finish(
  tx: Tx,
  seen: Upload,
  fresh: StoredObject,
  now: Date,
  onComplete?: OnComplete,
): Promise<StoredObject> {
  const uploads = createUploadRepository(tx);
  const upload = await uploads.lock(seen.tenant, seen.id);
  if (!upload) throw new AppError('upload_not_found');
  if (upload.object) return upload.object;
  requireOpen(upload, now);
  await uploads.complete(seen.tenant, seen.id, fresh);
  await onComplete?.(tx, fresh);
  return fresh;
}

function join(
  objects: ObjectStore,
  { tenant, subject, kind, maxBytes }: Upload,
  parts: readonly UploadPart[],
): Promise<StoredObject> {
  const owner = { tenant, kind, ...(subject && { subject }) };
  return objects.put(readParts(objects, tenant, parts), owner, { maxBytes });
}

async function* readParts(
  objects: ObjectStore,
  tenant: TenantId,
  parts: readonly UploadPart[],
): AsyncGenerator<Uint8Array> {
  for (const { object } of parts) {
    try {
      yield* objects.get(tenant, object.id);
    } catch (error) {
      const isGone = error instanceof AppError && error.code === 'object_not_found';
      throw isGone ? new AppError('upload_closed', undefined, { cause: error }) : error;
    }
  }
}

function requireAllParts(parts: readonly UploadPart[], { size }: UploadClaim): void {
  const last = parts.at(-1)?.number ?? 0;
  const present = new Set(parts.map(({ number }) => number));
  const missing = Array.from({ length: last }, (_, i) => i + 1).filter((n) => !present.has(n));
  if (missing.length > 0) {
    throw new AppError('upload_incomplete', `Missing parts: ${missing.slice(0, 20).join(', ')}`);
  }
  const total = totalSize(parts);
  if (total < size) {
    throw new AppError('upload_incomplete', `${total} of ${size} bytes have arrived`);
  }
}

function requireSame(object: StoredObject, claim: UploadClaim): StoredObject {
  if (object.size !== claim.size) {
    throw new AppError(
      'upload_mismatch',
      `${object.size} bytes arrived, ${claim.size} were announced`,
    );
  }
  if (object.sha256 !== claim.sha256.toLowerCase()) {
    throw new AppError('upload_mismatch', 'The SHA-256 is another one');
  }
  return object;
}
