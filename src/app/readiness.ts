import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { PartState } from '../http/system.routes.ts';
import type { Db } from '../platform/db/schema.ts';
import type { Vision } from './vision.ts';

/** One question to each part. It throws, or answers what is wrong, when the part cannot serve. */
export type Check = () => Promise<PartState>;

/** With less than this the next uploads would fail: better to send them to another copy. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 1_000;

/** Asks all parts at once; one that is silent for a second is not ready. */
export async function askAll(
  checks: Readonly<Record<string, Check>>,
): Promise<Record<string, PartState>> {
  const entries = Object.entries(checks).map(async ([name, check]) => {
    const silent = sleep(PATIENCE_MS, { ready: false, detail: 'does not answer' }, { ref: false });
    const failed = { ready: false, detail: 'cannot be reached' };
    return [name, await Promise.race([check().catch(() => failed), silent])] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export function checkDatabase(db: Db): Check {
  return async () => {
    await sql`select 1`.execute(db);
    return { ready: true };
  };
}

export function checkDisk(directory: string): Check {
  return async () => {
    const { bavail, bsize } = await statfs(directory);
    const free = bavail * bsize;
    return free >= LEAST_FREE_BYTES
      ? { ready: true }
      : { ready: false, detail: `${Math.floor(free / 1024 / 1024)} MiB free on the data disk` };
  };
}

export function checkVision(vision: Vision): Check {
  return async () => {
    const { processes } = vision.figures();
    const ready = countReady(vision);
    return ready > 0
      ? { ready: true, detail: `${ready} of ${processes.length} processes` }
      : { ready: false, detail: `no process of ${processes.length} is ready` };
  };
}

export function countReady(vision: Vision): number {
  return vision.figures().processes.filter(({ state }) => state === 'idle' || state === 'busy')
    .length;
}
