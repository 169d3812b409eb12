import type { ObjectStore } from '../../core/objects.ts';
import type { SubjectKeys } from '../keys/subject-keys.ts';
import { createFileBlobs } from './file-blobs.ts';
import { createObjectStore } from './object-store.ts';
import { parseObjectStoreUrl } from './object-store-url.ts';
import { createS3Blobs, type S3BlobsOptions } from './s3-blobs.ts';

export interface ObjectStoreOptions extends S3BlobsOptions {
  /** `s3://bucket/prefix?endpoint=…&region=…`; without it, files under `directory`. */
  readonly url?: string;
  /** `DATA_DIR/objects`. */
  readonly directory: string;
  readonly keys: SubjectKeys;
}

/** @throws RangeError when the URL is none; its message names the rule and not the value */
export function openObjectStore({ url, directory, keys, ...s3 }: ObjectStoreOptions): ObjectStore {
  const blobs =
    url === undefined ? createFileBlobs(directory) : createS3Blobs(parseObjectStoreUrl(url), s3);
  return createObjectStore(blobs, keys);
}
