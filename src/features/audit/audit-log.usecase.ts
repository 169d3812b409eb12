import { newId, type TenantId } from '../../core/ids.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withSystem } from '../../platform/db/transaction.ts';
import { createAuditRepository } from './audit.repository.ts';
import {
  type AuditEvent,
  hashEntry,
  refuseFreeText,
  type SignedEntry,
  signHash,
} from './audit-entry.ts';
import { type AuditFault, type AuditHead, createChainCheck } from './check-chain.ts';

export interface AuditVerification {
  readonly tenant: TenantId;
  readonly entries: number;
  /** Keep it outside the database: a later verification that is given it also notices a restored older state. */
  readonly head: AuditHead;
  /** Empty means that every entry is what was written, and that none is gone. */
  readonly faults: readonly AuditFault[];
}

export type AuditLog = ReturnType<typeof createAuditLog>;

const pageSize = 1_000;

/** @param key 32 bytes that do not lie in the database */
export function createAuditLog(key: Uint8Array) {
  return {
    /**
     * Adds an entry that exists if and only if the transaction commits. It waits for other transactions that
     * write to the same tenant's trail, so let it be one of the last statements.
     * @throws TypeError when the event holds free text
     */
    async append(tx: Tx, tenant: TenantId, event: AuditEvent, at = new Date()): Promise<void> {
      refuseFreeText(event);
      const repository = createAuditRepository(tx);
      const head = await repository.lockHead(tenant);
      const entry = {
        tenant,
        seq: head.seq + 1,
        id: newId('audit', at.getTime()),
        at,
        actor: event.actor,
        action: event.action,
        target: event.target,
        details: event.details ?? {},
        previousHash: head.hash,
      };
      const hash = hashEntry(entry);
      const signature = signHash(key, tenant, entry.seq, hash);
      await repository.append(tenant, { ...entry, hash, signature });
    },

    /** Reads page by page, so that the embedded database can serve others in between. */
    async verify(db: Db, tenant: TenantId, seenBefore?: AuditHead): Promise<AuditVerification> {
      const check = createChainCheck(key, seenBefore);
      let entries = 0;
      const readOn = async (tx: Tx) => {
        const page = await createAuditRepository(tx).list(tenant, {
          after: check.last.seq,
          order: 'asc',
          limit: pageSize,
        });
        for (const entry of page) check.next(entry);
        entries += page.length;
        return page.length === pageSize;
      };
      while (await withSystem(db, readOn));
      // With the head locked nobody appends, so that the last rows and the head belong together.
      const head = await withSystem(db, async (tx) => {
        const locked = await createAuditRepository(tx).findHead(tenant);
        while (await readOn(tx));
        return locked;
      });
      return { tenant, entries, faults: check.finish(tenant, head), head: check.last };
    },

    /** Newest first. */
    list(
      db: Db,
      tenant: TenantId,
      options: { before?: number; limit: number },
    ): Promise<SignedEntry[]> {
      return withSystem(db, (tx) =>
        createAuditRepository(tx).list(tenant, { ...options, order: 'desc' }),
      );
    },
  };
}
