import type { ApiKeyId, TenantId } from '../../core/ids.ts';
import type { Tx } from '../../platform/db/schema.ts';
import { toApiKeyInfo } from './api-key.repository.ts';
import { toAwsKeyInfo } from './aws-key.repository.ts';
import type { KeyInfo } from './tenant.ts';

interface Owned {
  readonly tenant: TenantId;
  readonly info: KeyInfo;
}

/** Whose key it is follows from the key: the only questions that cannot start with a tenant. Needs `withSystem`. */
export function createKeyLookupUnscoped(tx: Tx) {
  return {
    async findApiKey(sha256: Buffer): Promise<(Owned & { secretSha256: Uint8Array }) | undefined> {
      const row = await tx
        .selectFrom('api_key')
        .selectAll()
        .where('secret_sha256', '=', sha256)
        .executeTakeFirst();
      return (
        row && { tenant: row.tenant_id, info: toApiKeyInfo(row), secretSha256: row.secret_sha256 }
      );
    },

    async findAwsKey(id: string): Promise<(Owned & { secretSealed: Uint8Array }) | undefined> {
      const row = await tx
        .selectFrom('aws_key')
        .selectAll()
        .where('access_key_id', '=', id)
        .executeTakeFirst();
      return (
        row && { tenant: row.tenant_id, info: toAwsKeyInfo(row), secretSealed: row.secret_sealed }
      );
    },

    async touch(uses: ReadonlyMap<ApiKeyId, Date>): Promise<void> {
      for (const [id, at] of uses) {
        const change = { last_used_at: at };
        await tx.updateTable('api_key').set(change).where('id', '=', id).execute();
        await tx.updateTable('aws_key').set(change).where('key_id', '=', id).execute();
      }
    },
  };
}
