import type { FastifyBaseLogger } from 'fastify';
import type { ObjectStore } from '../core/objects.ts';
import type { Db } from '../platform/db/schema.ts';
import { collectOrphans } from '../platform/objects/collect-orphans.ts';
import { createFindReferenced } from '../platform/objects/referenced-objects.ts';
import type { Uploads } from '../platform/objects/uploads.ts';

export interface ObjectUpkeepOptions {
  readonly db: Db;
  readonly objects: ObjectStore;
  readonly uploads: Pick<Uploads, 'expire'>;
  readonly log: FastifyBaseLogger;
}

const expireEveryMs = 10 * 60_000;
const searchEveryMs = 6 * 3_600_000;
/** Twice the life of an upload: nothing that old is still on its way to its row. */
const orphanAgeMs = 48 * 3_600_000;

/** Ends uploads that nobody completed, and removes objects that a crash left without a row. */
export function startObjectUpkeep(options: ObjectUpkeepOptions): { close(): Promise<void> } {
  const { db, objects, uploads, log } = options;
  let running: Promise<void> = Promise.resolve();
  const every = (intervalMs: number, what: string, work: () => Promise<number>) => {
    const run = async () => {
      try {
        const removed = await work();
        if (removed > 0) log.info({ removed }, what);
      } catch (err) {
        log.error({ err }, `${what}: failed, will be tried again`);
      }
    };
    const timer = setInterval(() => {
      running = running.then(run);
    }, intervalMs);
    timer.unref();
    return timer;
  };
  const timers = [
    every(expireEveryMs, 'expired uploads removed', () => uploads.expire()),
    every(searchEveryMs, 'orphaned objects removed', () =>
      collectOrphans(objects, new Date(Date.now() - orphanAgeMs), createFindReferenced(db)),
    ),
  ];
  return {
    async close() {
      for (const timer of timers) clearInterval(timer);
      await running;
    },
  };
}
