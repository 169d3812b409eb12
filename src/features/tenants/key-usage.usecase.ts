import type { ApiKeyId } from '../../core/ids.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createKeyLookupUnscoped } from './key-lookup.repository.ts';

export interface KeyUsage {
  /** Remembers that the key was used; costs nothing. */
  note(id: ApiKeyId, at?: Date): void;
  /** Writes what was noted. Failing to is no harm: it is tried again with the next one. */
  flush(): Promise<void>;
  /** Last flush included. */
  close(): Promise<void>;
}

/** "Last used" of keys, written once a minute for all of them rather than on every request. */
export function createKeyUsage(db: Db, intervalMs = 60_000): KeyUsage {
  let uses = new Map<ApiKeyId, Date>();

  async function flush(): Promise<void> {
    if (uses.size === 0) return;
    const written = uses;
    uses = new Map();
    try {
      await withSystem(db, (tx) => createKeyLookupUnscoped(tx).touch(written));
    } catch {
      uses = new Map([...written, ...uses]);
    }
  }

  const timer = setInterval(() => void flush(), intervalMs);
  timer.unref();
  return {
    note: (id, at = new Date()) => uses.set(id, at),
    flush,
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
