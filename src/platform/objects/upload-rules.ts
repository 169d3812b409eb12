import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { TenantId } from '../../core/ids.ts';
import type { ObjectStore, StoredObject } from '../../core/objects.ts';
import type { Upload, UploadPart } from './upload.repository.ts';

export function requireOpen(upload: Upload, now: Date): void {
  if (upload.state !== 'open' || upload.expiresAt <= now) throw new AppError('upload_closed');
}

export function totalSize(parts: readonly UploadPart[]): number {
  return parts.reduce((sum, { object }) => sum + object.size, 0);
}

const refusals: readonly ErrorCode[] = [
  'upload_not_found',
  'upload_closed',
  'upload_part_conflict',
  'upload_mismatch',
  'object_too_large',
];

/**
 * Removes a fresh object when the decision about it is a refusal. If instead the answer to a commit was lost,
 * the object may count: then it stays, and the search for orphans removes it if it does not.
 */
export async function removeIfRefused<T>(
  objects: ObjectStore,
  tenant: TenantId,
  fresh: StoredObject,
  decide: () => Promise<T>,
): Promise<T> {
  try {
    return await decide();
  } catch (error) {
    const isRefused = error instanceof AppError && refusals.includes(error.code);
    if (isRefused) await objects.delete(tenant, fresh.id);
    throw error;
  }
}
