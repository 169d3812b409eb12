import type { Generated } from 'kysely';
import type { Id, SubjectId, TenantId } from '../../../core/ids.ts';

export interface UploadTable {
  id: Id<'upload'>;
  tenant_id: TenantId;
  subject_id: SubjectId | null;
  purpose: string;
  kind: string;
  max_bytes: number;
  state: 'open' | 'completed' | 'abandoned';
  object_id: Id<'object'> | null;
  size: number | null;
  sha256: string | null;
  created_at: Generated<Date>;
  expires_at: Date;
}

export interface UploadPartTable {
  tenant_id: TenantId;
  upload_id: Id<'upload'>;
  number: number;
  object_id: Id<'object'>;
  size: number;
  sha256: string;
}

export interface UploadTables {
  upload: UploadTable;
  upload_part: UploadPartTable;
}
