import type { Selectable } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import { genesisHash, type SignedEntry } from './audit-entry.ts';
import type { AuditHead, SignedHead } from './check-chain.ts';

export interface AuditRange {
  readonly after?: number;
  readonly before?: number | undefined;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export function createAuditRepository(tx: Tx) {
  return {
    /** The head, locked until the transaction ends: entries of a tenant are appended one after the other. */
    async lockHead(tenant: TenantId): Promise<AuditHead> {
      await tx
        .insertInto('audit_head')
        .values({
          tenant_id: tenant,
          seq: 0,
          hash: Buffer.from(genesisHash),
          signature: Buffer.alloc(0),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      return tx
        .selectFrom('audit_head')
        .select(['seq', 'hash'])
        .where('tenant_id', '=', tenant)
        .forUpdate()
        .executeTakeFirstOrThrow();
    },

    async append(tenant: TenantId, entry: SignedEntry): Promise<void> {
      const hash = Buffer.from(entry.hash);
      const signature = Buffer.from(entry.signature);
      await tx
        .insertInto('audit_entry')
        .values({
          tenant_id: tenant,
          seq: entry.seq,
          id: entry.id,
          at: entry.at,
          actor: entry.actor,
          action: entry.action,
          target: entry.target,
          details: entry.details,
          previous_hash: Buffer.from(entry.previousHash),
          hash,
          signature,
        })
        .execute();
      await tx
        .updateTable('audit_head')
        .set({ seq: entry.seq, hash, signature })
        .where('tenant_id', '=', tenant)
        .execute();
    },

    /** Locked like `lockHead`, but none is made. */
    async findHead(tenant: TenantId): Promise<SignedHead | undefined> {
      return tx
        .selectFrom('audit_head')
        .select(['seq', 'hash', 'signature'])
        .where('tenant_id', '=', tenant)
        .forUpdate()
        .executeTakeFirst();
    },

    /** Between the two, both excluded. */
    async list(tenant: TenantId, range: AuditRange): Promise<SignedEntry[]> {
      const rows = await tx
        .selectFrom('audit_entry')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('seq', '>', range.after ?? 0)
        .where('seq', '<', range.before ?? Number.MAX_SAFE_INTEGER)
        .orderBy('seq', range.order)
        .limit(range.limit)
        .execute();
      return rows.map(toEntry);
    },
  };
}

function toEntry(row: Selectable<Schema['audit_entry']>): SignedEntry {
  return {
    tenant: row.tenant_id,
    seq: row.seq,
    id: row.id,
    at: row.at,
    actor: row.actor,
    action: row.action,
    target: row.target,
    details: row.details,
    previousHash: row.previous_hash,
    hash: row.hash,
    signature: row.signature,
  };
}
