import type { Generated, GeneratedAlways } from 'kysely';
import type { TenantId } from '../../../core/ids.ts';

export interface OutboxTable {
  id: GeneratedAlways<number>;
  tenant_id: TenantId;
  topic: string;
  key: string;
  payload: Record<string, unknown>;
  attempts: Generated<number>;
  available_at: Generated<Date>;
  created_at: Generated<Date>;
}

export interface OutboxTables {
  outbox: OutboxTable;
}
