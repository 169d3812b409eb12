import type { Generated } from 'kysely';
import type { TenantId } from '../../../core/ids.ts';

export interface IdempotencyKeyTable {
  tenant_id: TenantId;
  /** Method and route; one key may serve two operations. */
  scope: string;
  key_sha256: Buffer;
  request_sha256: Buffer;
  /** Names the request that holds the row, so that one whose lease ran out cannot write over its successor. */
  lease: string;
  leased_until: Date;
  status: number | null;
  answer_sealed: Buffer | null;
  created_at: Generated<Date>;
  expires_at: Date;
}

export interface IdempotencyTables {
  idempotency_key: IdempotencyKeyTable;
}
