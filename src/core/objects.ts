import type { Id, SubjectId, TenantId } from './ids.ts';

export type ObjectId = Id<'object'>;

/** What is stored under which key: erasing the subject makes the object unreadable, wherever copies lie. */
export interface ObjectOwner {
  readonly tenant: TenantId;
  /** Without a subject (a tenant's own reference files) the object is sealed under the tenant's key. */
  readonly subject?: SubjectId;
  /** Kebab-case, named by the feature: `evidence`, `best-frame`, `upload-part`, … */
  readonly kind: string;
}

export interface StoredObject {
  readonly id: ObjectId;
  /** Hex digest of the plain bytes. */
  readonly sha256: string;
  /** Plain bytes. */
  readonly size: number;
}

export interface ObjectInfo extends ObjectOwner {
  readonly id: ObjectId;
  readonly size: number;
}

export interface PutOptions {
  /** More plain bytes than this end in object_too_large, and nothing is kept. */
  readonly maxBytes?: number;
}

/** Plain bytes, counted from 0; `end` is exclusive and may lie beyond the object's end. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Objects are immutable and always encrypted. Everything read is authenticated first; a damaged, cut or
 * exchanged object ends the iteration with object_damaged, so bytes count only once the iteration has ended.
 */
export interface ObjectStore {
  /**
   * Returns when the object is durable. Whatever goes wrong before that leaves nothing behind.
   * @throws AppError object_too_large | storage_full | storage_unavailable | subject_erased
   */
  put(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    owner: ObjectOwner,
    options?: PutOptions,
  ): Promise<StoredObject>;
  /** @throws AppError object_not_found | object_damaged | subject_erased */
  info(tenant: TenantId, id: ObjectId): Promise<ObjectInfo>;
  /** @throws AppError as `info` (on the first step of the iteration) | storage_unavailable */
  get(tenant: TenantId, id: ObjectId, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** False when there was none. */
  delete(tenant: TenantId, id: ObjectId): Promise<boolean>;
  /** All objects in no stated order, for the search for orphans. */
  list(): AsyncIterable<ListedObject>;
  /** Removes what interrupted writes left behind and nobody touched since `before`; answers how many. */
  collectLeftovers(before: Date): Promise<number>;
}

export interface ListedObject {
  readonly tenant: TenantId;
  readonly id: ObjectId;
  readonly storedAt: Date;
}
