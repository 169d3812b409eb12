import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { ApiKeyId, TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { KeyInfo, NewKey } from './tenant.ts';

export function createApiKeyRepository(tx: Tx) {
  return {
    async insert(
      tenant: TenantId,
      id: ApiKeyId,
      key: NewKey,
      secret: { sha256: Buffer; hint: string },
      replaces: ApiKeyId | null = null,
    ): Promise<KeyInfo> {
      const row = await tx
        .insertInto('api_key')
        .values({
          id,
          tenant_id: tenant,
          environment: key.environment,
          name: key.name,
          secret_sha256: secret.sha256,
          hint: secret.hint,
          scopes: [...key.scopes],
          expires_at: key.expiresAt ?? null,
          replaces,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toApiKeyInfo(row);
    },

    async find(tenant: TenantId, id: ApiKeyId): Promise<KeyInfo | undefined> {
      const row = await tx
        .selectFrom('api_key')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      return row && toApiKeyInfo(row);
    },

    async list(tenant: TenantId): Promise<KeyInfo[]> {
      const rows = await tx
        .selectFrom('api_key')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('id')
        .execute();
      return rows.map(toApiKeyInfo);
    },

    /** Never later than it would have expired anyway. */
    async expireBy(tenant: TenantId, id: ApiKeyId, at: Date): Promise<void> {
      await tx
        .updateTable('api_key')
        .set({ expires_at: sql`least(expires_at, ${at})` })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
    },

    /** False when there is no such key, or it was revoked before. */
    async revoke(tenant: TenantId, id: ApiKeyId, at: Date): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('api_key')
        .set({ revoked_at: at })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
}

export function toApiKeyInfo(row: Selectable<Schema['api_key']>): KeyInfo {
  return {
    id: row.id,
    kind: 'api',
    environment: row.environment,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
