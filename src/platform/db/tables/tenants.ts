import type { ColumnType, Generated } from 'kysely';
import type { ApiKeyId, TenantId } from '../../../core/ids.ts';
import type { Environment, Scope } from '../../../core/principal.ts';

export interface TenantTable {
  id: TenantId;
  name: string;
  created_at: Generated<Date>;
}

export interface ApiKeyTable {
  id: ApiKeyId;
  tenant_id: TenantId;
  environment: Environment;
  name: string;
  secret_sha256: Buffer;
  /** Last four characters, so that people can tell their keys apart. */
  hint: string;
  scopes: Scope[];
  created_at: Generated<Date>;
  expires_at: Date | null;
  revoked_at: ColumnType<Date | null, never, Date>;
  last_used_at: ColumnType<Date | null, never, Date>;
  /** The key that this one was rotated from. */
  replaces: ApiKeyId | null;
}

export interface AwsKeyTable {
  access_key_id: string;
  key_id: ApiKeyId;
  tenant_id: TenantId;
  environment: Environment;
  name: string;
  secret_sealed: Buffer;
  scopes: Scope[];
  created_at: Generated<Date>;
  expires_at: Date | null;
  revoked_at: ColumnType<Date | null, never, Date>;
  last_used_at: ColumnType<Date | null, never, Date>;
}

export interface TenantTables {
  tenant: TenantTable;
  api_key: ApiKeyTable;
  aws_key: AwsKeyTable;
}
