import type { Generated } from 'kysely';
import type { EvidenceId, Id, SessionId, SubjectId, TenantId } from '../../../core/ids.ts';
import type { ObjectId } from '../../../core/objects.ts';
import type { Environment } from '../../../core/principal.ts';

export interface SessionTable {
  id: SessionId;
  tenant_id: TenantId;
  environment: Environment;
  subject_id: SubjectId;
  workflow_id: Id<'workflow'>;
  workflow_version: number;
  status: string;
  /** The actor's state; its shape belongs to the sessions feature. */
  state: Record<string, unknown>;
  version: number;
  last_event: string | null;
  last_effects: { effects: unknown[] } | null;
  personal_sealed: Buffer | null;
  reference_index: string | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  ended_at: Date | null;
  erased_at: Date | null;
}

export interface EvidenceTable {
  id: EvidenceId;
  tenant_id: TenantId;
  session_id: SessionId;
  stream: string;
  attempt: number;
  object_id: ObjectId;
  sha256: string;
  content_type: string;
  size: number;
  received_at: Generated<Date>;
  expires_at: Date | null;
  deleted_at: Date | null;
}

export interface ArtifactTable {
  id: Id<'artifact'>;
  tenant_id: TenantId;
  session_id: SessionId;
  kind: string;
  task: string;
  object_id: ObjectId;
  sha256: string;
  content_type: string;
  size: number;
  created_at: Generated<Date>;
  expires_at: Date | null;
  deleted_at: Date | null;
}

export interface TaskRunTable {
  tenant_id: TenantId;
  /** Hex HMAC under the tenant's key. */
  key: string;
  subject_id: SubjectId;
  task: string;
  attempts: Generated<number>;
  result: Record<string, unknown> | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

export interface CaptureGrantTable {
  secret_sha256: Buffer;
  tenant_id: TenantId;
  session_id: SessionId;
  kind: 'link' | 'bearer';
  created_at: Generated<Date>;
  expires_at: Date;
  used_at: Date | null;
}

export interface SessionOrderTable {
  id: string;
  tenant_id: TenantId;
  session_id: SessionId;
  kind: 'ruling' | 'resubmission' | 'erasure';
  body: Record<string, unknown>;
  comment_sealed: Buffer | null;
  ordered_by: string;
  ordered_at: Generated<Date>;
}

export interface SessionTables {
  session: SessionTable;
  evidence: EvidenceTable;
  artifact: ArtifactTable;
  task_run: TaskRunTable;
  capture_grant: CaptureGrantTable;
  session_order: SessionOrderTable;
}
