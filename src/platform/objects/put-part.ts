import { AppError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/objects.ts';
import type { Db, Tx } from '../db/schema.ts';
import { withTenant } from '../db/transaction.ts';
import {
  createUploadPartRepository,
  createUploadRepository,
  type FoundUpload,
  type Upload,
  type UploadPart,
} from './upload.repository.ts';
import { removeIfRefused, requireOpen, totalSize } from './upload-rules.ts';

/** Largest part. Clients on bad lines choose smaller ones. */
export const MAX_PART_BYTES = 8 * 1024 * 1024;
export const MAX_PARTS = 2_000;

interface PutPartContext {
  readonly db: Db;
  readonly objects: ObjectStore;
  readonly now: () => Date;
}

/** Seals and stores first, then records: no transaction is open while bytes arrive. */
export async function putPart(
  { db, objects, now }: PutPartContext,
  { upload, parts }: FoundUpload,
  number: number,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<UploadPart> {
  requireOpen(upload, now());
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw new AppError('validation_failed', `Part numbers go from 1 to ${MAX_PARTS}`);
  }
  const { tenant, subject } = upload;
  // A repeated part does not count twice.
  const room = upload.maxBytes - totalSize(parts.filter((part) => part.number !== number));
  const owner = { tenant, kind: 'upload-part', ...(subject && { subject }) };
  const maxBytes = Math.max(0, Math.min(MAX_PART_BYTES, room));
  const part = { number, object: await objects.put(body, owner, { maxBytes }) };
  const kept = await removeIfRefused(objects, tenant, part.object, () =>
    withTenant(db, tenant, (tx) => recordPart(tx, upload, part, now())),
  );
  if (kept.object.id !== part.object.id) await objects.delete(tenant, part.object.id);
  return kept;
}

/** The part that counts: this one, or an equal one that came first. */
async function recordPart(tx: Tx, seen: Upload, part: UploadPart, now: Date): Promise<UploadPart> {
  const upload = await createUploadRepository(tx).lock(seen.tenant, seen.id);
  if (!upload) throw new AppError('upload_not_found');
  requireOpen(upload, now);
  const repository = createUploadPartRepository(tx);
  const parts = await repository.list(seen.tenant, seen.id);
  const earlier = parts.find(({ number }) => number === part.number);
  if (earlier) {
    if (earlier.object.sha256 === part.object.sha256) return earlier;
    throw new AppError('upload_part_conflict', `Part ${part.number} has other content already`);
  }
  if (totalSize([...parts, part]) > upload.maxBytes) {
    throw new AppError('object_too_large', `At most ${upload.maxBytes} bytes`);
  }
  await repository.insert(seen.tenant, seen.id, part);
  return part;
}
