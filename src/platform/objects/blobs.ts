import type { ByteRange } from '../../core/objects.ts';

/** Where sealed bytes lie: files or S3. Knows nothing of what they mean; all of them are ciphertext. */
export interface BlobStore {
  /** All or nothing, and durable when it returns. @throws AppError storage_full | storage_unavailable */
  write(key: string, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** Undefined when there is none. `size` is that of the whole blob. @throws AppError storage_unavailable */
  read(key: string, range: ByteRange): Promise<BlobPart | undefined>;
  /** False when there was none. */
  remove(key: string): Promise<boolean>;
  list(): AsyncIterable<{ readonly key: string; readonly storedAt: Date }>;
  /** Removes remains of writes that were cut, untouched since `before`. */
  collectLeftovers(before: Date): Promise<number>;
}

export interface BlobPart {
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
}
