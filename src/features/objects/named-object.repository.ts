import type { Selectable } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Environment } from '../../core/principal.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { NamedObject } from './named-object.ts';

export interface BucketKey {
  readonly environment: Environment;
  readonly bucket: string;
}

export type NewNamedObject = Omit<NamedObject, 'storedAt'>;

export function createNamedObjectRepository(tx: Tx) {
  const inBucket = (tenant: TenantId, { environment, bucket }: BucketKey) =>
    tx
      .selectFrom('named_object')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('environment', '=', environment)
      .where('bucket', '=', bucket);

  return {
    async find(tenant: TenantId, key: BucketKey, name: string): Promise<NamedObject | undefined> {
      const row = await inBucket(tenant, key).where('name', '=', name).executeTakeFirst();
      return row && toNamedObject(row);
    },

    async list(
      tenant: TenantId,
      key: BucketKey,
      { after, limit }: { after: string | undefined; limit: number },
    ): Promise<NamedObject[]> {
      const all = inBucket(tenant, key).orderBy('name').limit(limit);
      const rows = await (after === undefined ? all : all.where('name', '>', after)).execute();
      return rows.map(toNamedObject);
    },

    /** Answers the object that had the name before. */
    async put(
      tenant: TenantId,
      environment: Environment,
      { bucket, name, objectId, size, sha256 }: NewNamedObject,
    ): Promise<ObjectId | undefined> {
      const before = await inBucket(tenant, { environment, bucket })
        .where('name', '=', name)
        .forUpdate()
        .executeTakeFirst();
      const content = { object_id: objectId, size, sha256, stored_at: new Date() };
      const row = { tenant_id: tenant, environment, bucket, name, ...content };
      await tx
        .insertInto('named_object')
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'environment', 'bucket', 'name']).doUpdateSet(content),
        )
        .execute();
      return before?.object_id;
    },

    async delete(tenant: TenantId, key: BucketKey, name: string): Promise<ObjectId | undefined> {
      const row = await tx
        .deleteFrom('named_object')
        .where('tenant_id', '=', tenant)
        .where('environment', '=', key.environment)
        .where('bucket', '=', key.bucket)
        .where('name', '=', name)
        .returning('object_id')
        .executeTakeFirst();
      return row?.object_id;
    },
  };
}

function toNamedObject(row: Selectable<Schema['named_object']>): NamedObject {
  const { bucket, name, object_id: objectId, size, sha256, stored_at: storedAt } = row;
  return { bucket, name, objectId, size, sha256, storedAt };
}
