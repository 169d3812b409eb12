import type { Selectable } from 'kysely';
import type { ApiKeyId, TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import type { KeyInfo, NewKey } from './tenant.ts';

export function createAwsKeyRepository(tx: Tx) {
  return {
    async insert(
      tenant: TenantId,
      id: ApiKeyId,
      key: NewKey,
      access: { keyId: string; secretSealed: Uint8Array },
    ): Promise<KeyInfo> {
      const row = await tx
        .insertInto('aws_key')
        .values({
          access_key_id: access.keyId,
          key_id: id,
          tenant_id: tenant,
          environment: key.environment,
          name: key.name,
          secret_sealed: Buffer.from(access.secretSealed),
          scopes: [...key.scopes],
          expires_at: key.expiresAt ?? null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return toAwsKeyInfo(row);
    },

    async list(tenant: TenantId): Promise<KeyInfo[]> {
      const rows = await tx
        .selectFrom('aws_key')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('key_id')
        .execute();
      return rows.map(toAwsKeyInfo);
    },

    /** False when there is no such key, or it was revoked before. */
    async revoke(tenant: TenantId, id: ApiKeyId, at: Date): Promise<boolean> {
      const { numUpdatedRows } = await tx
        .updateTable('aws_key')
        .set({ revoked_at: at })
        .where('tenant_id', '=', tenant)
        .where('key_id', '=', id)
        .where('revoked_at', 'is', null)
        .executeTakeFirstOrThrow();
      return numUpdatedRows === 1n;
    },
  };
}

export function toAwsKeyInfo(row: Selectable<Schema['aws_key']>): KeyInfo {
  return {
    id: row.key_id,
    kind: 'aws',
    environment: row.environment,
    name: row.name,
    hint: row.access_key_id,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    lastUsedAt: row.last_used_at,
  };
}
