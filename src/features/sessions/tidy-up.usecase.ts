import type { ObjectStore } from '../../core/objects.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createCaptureGrantRepository } from './capture-grant.repository.ts';
import { createUpkeepRepository, type Expired, storedKinds } from './upkeep.repository.ts';

export interface TidyUpDeps {
  readonly db: Db;
  readonly objects: ObjectStore;
}

const batch = 200;
/** Links and tokens are kept for a day after their end, for whoever asks why one no longer works. */
const grantMs = 86_400_000;

/**
 * Deletes captures and artifacts whose retention has ended, and capture grants that are over. The object goes
 * first, then its row says so: a crash in between repeats a deletion, which does no harm.
 * @returns how many objects went
 */
export async function tidyUp({ db, objects }: TidyUpDeps, now: Date): Promise<number> {
  let count = 0;
  for (;;) {
    const expired = await withSystem(db, async (tx) => {
      const found: Expired[] = [];
      for (const kind of storedKinds) {
        found.push(...(await createUpkeepRepository(tx, kind).findExpiredUnscoped(now, batch)));
      }
      return found;
    });
    if (expired.length === 0) break;
    for (const { tenant, object } of expired) await objects.delete(tenant, object);
    await withSystem(db, async (tx) => {
      for (const kind of storedKinds) {
        const ids = expired.filter((item) => item.kind === kind).map(({ id }) => id);
        await createUpkeepRepository(tx, kind).markDeletedUnscoped(ids);
      }
    });
    count += expired.length;
  }
  const before = new Date(now.getTime() - grantMs);
  await withSystem(db, (tx) => createCaptureGrantRepository(tx).removeExpiredUnscoped(before));
  return count;
}
