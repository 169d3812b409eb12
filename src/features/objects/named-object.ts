import type { ObjectId } from '../../core/objects.ts';

/** An image of the tenant's own that calls can name, as S3 objects are named. */
export interface NamedObject {
  readonly bucket: string;
  readonly name: string;
  readonly objectId: ObjectId;
  readonly size: number;
  /** Hex, of the plain bytes. */
  readonly sha256: string;
  readonly storedAt: Date;
}

/** As S3 names buckets, dots left out. */
export const bucketPattern = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** Printable, without what breaks URLs and logs. */
export const namePattern = /^[A-Za-z0-9!_.*'()/-]{1,1024}$/;
/** As Rekognition takes from S3. */
export const MAX_OBJECT_BYTES = 15 * 1024 * 1024;
