import type { ListedObject, ObjectId, ObjectStore } from '../../core/objects.ts';

const BATCH = 500;

/** Of these objects, the ones that some row refers to. Must ask every table that holds object ids. */
export type FindReferenced = (objects: readonly ListedObject[]) => Promise<ReadonlySet<ObjectId>>;

/**
 * Deletes objects that no row refers to: what a crash between storing and recording left. Only objects stored
 * `before`, which must be longer ago than any upload or request lasts. Answers how many.
 */
export async function collectOrphans(
  objects: ObjectStore,
  before: Date,
  findReferenced: FindReferenced,
): Promise<number> {
  let deleted = await objects.collectLeftovers(before);
  for await (const batch of inBatches(objects.list())) {
    const old = batch.filter(({ storedAt }) => storedAt < before);
    if (old.length === 0) continue;
    const referenced = await findReferenced(old);
    for (const { tenant, id } of old) {
      if (!referenced.has(id) && (await objects.delete(tenant, id))) deleted += 1;
    }
  }
  return deleted;
}

async function* inBatches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
