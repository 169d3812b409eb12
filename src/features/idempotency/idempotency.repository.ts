import { sql } from 'kysely';
import type { TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';

/** Which request of a tenant; the caller's key is kept as a digest, since callers put anything into it. */
export interface RequestKey {
  readonly tenant: TenantId;
  readonly scope: string;
  readonly keySha256: Buffer;
}

export interface Claim extends RequestKey {
  /** Names the holder, so that one whose lease ran out cannot write over its successor. */
  readonly lease: string;
}

export interface KnownRequest {
  readonly requestSha256: Uint8Array;
  readonly leasedUntil: Date;
  /** Null while the request is in progress. */
  readonly status: number | null;
  readonly answerSealed: Uint8Array | null;
}

/** Times are those of the database: copies of the service need not agree on the hour. */
export function createIdempotencyRepository(tx: Tx) {
  return {
    /** False when the key is known, unless it expired, or its holder's lease did while it asked for the same. */
    async claim(
      claim: Claim,
      requestSha256: Buffer,
      leaseMs: number,
      keepMs: number,
    ): Promise<boolean> {
      const { rows } = await sql`
        insert into idempotency_key as known
          (tenant_id, scope, key_sha256, request_sha256, lease, leased_until, expires_at)
        values (${claim.tenant}, ${claim.scope}, ${claim.keySha256}, ${requestSha256}, ${claim.lease},
          now() + ${leaseMs} * interval '1 millisecond', now() + ${keepMs} * interval '1 millisecond')
        on conflict (tenant_id, scope, key_sha256) do update set
          request_sha256 = excluded.request_sha256, lease = excluded.lease,
          leased_until = excluded.leased_until, expires_at = excluded.expires_at,
          status = null, answer_sealed = null
        where known.expires_at <= now()
          or (known.status is null and known.leased_until <= now()
            and known.request_sha256 = excluded.request_sha256)
        returning 1`.execute(tx);
      return rows.length === 1;
    },

    async find({ tenant, scope, keySha256 }: RequestKey): Promise<KnownRequest | undefined> {
      const row = await tx
        .selectFrom('idempotency_key')
        .select(['request_sha256', 'leased_until', 'status', 'answer_sealed'])
        .where('tenant_id', '=', tenant)
        .where('scope', '=', scope)
        .where('key_sha256', '=', keySha256)
        .executeTakeFirst();
      return (
        row && {
          requestSha256: row.request_sha256,
          leasedUntil: row.leased_until,
          status: row.status,
          answerSealed: row.answer_sealed,
        }
      );
    },

    async finish(claim: Claim, status: number, answerSealed: Uint8Array): Promise<void> {
      await tx
        .updateTable('idempotency_key')
        .set({ status, answer_sealed: Buffer.from(answerSealed) })
        .where('tenant_id', '=', claim.tenant)
        .where('scope', '=', claim.scope)
        .where('key_sha256', '=', claim.keySha256)
        .where('lease', '=', claim.lease)
        .execute();
    },

    async abandon(claim: Claim): Promise<void> {
      await tx
        .deleteFrom('idempotency_key')
        .where('tenant_id', '=', claim.tenant)
        .where('scope', '=', claim.scope)
        .where('key_sha256', '=', claim.keySha256)
        .where('lease', '=', claim.lease)
        .where('status', 'is', null)
        .execute();
    },

    async endLeasesUnscoped(): Promise<void> {
      await tx
        .updateTable('idempotency_key')
        .set({ leased_until: sql<Date>`now()` })
        .where('status', 'is', null)
        .execute();
    },

    async deleteExpiredUnscoped(): Promise<number> {
      const { numDeletedRows } = await tx
        .deleteFrom('idempotency_key')
        .where('expires_at', '<=', sql<Date>`now()`)
        .executeTakeFirstOrThrow();
      return Number(numDeletedRows);
    },
  };
}
