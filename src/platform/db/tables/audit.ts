import type { TenantId } from '../../../core/ids.ts';

export interface AuditEntryTable {
  tenant_id: TenantId;
  /** Counts from 1 without gaps within a tenant. */
  seq: number;
  id: string;
  at: Date;
  actor: string;
  action: string;
  target: string;
  details: Record<string, string | number | boolean | null>;
  previous_hash: Buffer;
  hash: Buffer;
  signature: Buffer;
}

export interface AuditHeadTable {
  tenant_id: TenantId;
  seq: number;
  hash: Buffer;
  signature: Buffer;
}

export interface AuditTables {
  audit_entry: AuditEntryTable;
  audit_head: AuditHeadTable;
}
