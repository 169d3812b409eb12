import type { SessionId, TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';

export interface CaptureGrant {
  readonly tenant: TenantId;
  readonly session: SessionId;
}

export interface NewGrant extends CaptureGrant {
  readonly kind: 'link' | 'bearer';
  /** Only the digest is stored. */
  readonly secretSha256: Buffer;
  readonly expiresAt: Date;
}

export function createCaptureGrantRepository(tx: Tx) {
  return {
    async insert(grant: NewGrant): Promise<void> {
      await tx
        .insertInto('capture_grant')
        .values({
          secret_sha256: grant.secretSha256,
          tenant_id: grant.tenant,
          session_id: grant.session,
          kind: grant.kind,
          expires_at: grant.expiresAt,
        })
        .execute();
    },

    /** Uses up a link; undefined when it is unknown, used or too old. Whose it is is not known before. */
    async useLinkUnscoped(secretSha256: Buffer, now: Date): Promise<CaptureGrant | undefined> {
      const row = await tx
        .updateTable('capture_grant')
        .set({ used_at: now })
        .where('secret_sha256', '=', secretSha256)
        .where('kind', '=', 'link')
        .where('used_at', 'is', null)
        .where('expires_at', '>', now)
        .returning(['tenant_id', 'session_id'])
        .executeTakeFirst();
      return row && { tenant: row.tenant_id, session: row.session_id };
    },

    async findBearerUnscoped(secretSha256: Buffer, now: Date): Promise<CaptureGrant | undefined> {
      const row = await tx
        .selectFrom('capture_grant')
        .select(['tenant_id', 'session_id'])
        .where('secret_sha256', '=', secretSha256)
        .where('kind', '=', 'bearer')
        .where('expires_at', '>', now)
        .executeTakeFirst();
      return row && { tenant: row.tenant_id, session: row.session_id };
    },

    /** No link and no bearer of the session works any more. */
    async revokeAll(tenant: TenantId, session: SessionId): Promise<void> {
      await tx
        .deleteFrom('capture_grant')
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .execute();
    },

    async removeExpiredUnscoped(before: Date): Promise<void> {
      await tx.deleteFrom('capture_grant').where('expires_at', '<', before).execute();
    },
  };
}
