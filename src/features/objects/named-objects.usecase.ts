import { AppError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/objects.ts';
import type { Principal } from '../../core/principal.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { createNamedObjectRepository } from './named-object.repository.ts';
import { MAX_OBJECT_BYTES, type NamedObject } from './named-object.ts';

export interface NamedObjectStores {
  readonly db: Db;
  readonly objects: ObjectStore;
}

type Owner = Pick<Principal, 'tenant' | 'environment'>;

/** Stores the bytes, then the name: a crash between the two leaves an orphan that is collected, never a broken name. */
export async function putNamedObject(
  { db, objects }: NamedObjectStores,
  { tenant, environment }: Owner,
  { bucket, name }: { bucket: string; name: string },
  bytes: Uint8Array,
): Promise<NamedObject> {
  const owner = { tenant, kind: 'named-object' };
  const { id, size, sha256 } = await objects.put(bytes, owner, { maxBytes: MAX_OBJECT_BYTES });
  const object = { bucket, name, objectId: id, size, sha256 };
  const before = await withTenant(db, tenant, (tx) =>
    createNamedObjectRepository(tx).put(tenant, environment, object),
  );
  if (before) await objects.delete(tenant, before);
  return { ...object, storedAt: new Date() };
}

/** Undefined when this tenant has none of the name in this environment, whoever else has. */
export async function readNamedObject(
  { db, objects }: NamedObjectStores,
  { tenant, environment }: Owner,
  bucket: string,
  name: string,
): Promise<Uint8Array | undefined> {
  const found = await withTenant(db, tenant, (tx) =>
    createNamedObjectRepository(tx).find(tenant, { environment, bucket }, name),
  );
  if (!found) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of objects.get(tenant, found.objectId)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

export function listNamedObjects(
  { db }: NamedObjectStores,
  { tenant, environment }: Owner,
  bucket: string,
  page: { after: string | undefined; limit: number },
): Promise<NamedObject[]> {
  return withTenant(db, tenant, (tx) =>
    createNamedObjectRepository(tx).list(tenant, { environment, bucket }, page),
  );
}

/** @throws AppError object_not_found */
export async function deleteNamedObject(
  { db, objects }: NamedObjectStores,
  { tenant, environment }: Owner,
  bucket: string,
  name: string,
): Promise<void> {
  const id = await withTenant(db, tenant, (tx) =>
    createNamedObjectRepository(tx).delete(tenant, { environment, bucket }, name),
  );
  if (!id) throw new AppError('object_not_found');
  await objects.delete(tenant, id);
}
