import type { SessionId, TenantId } from '../../../core/ids.ts';
import type { Environment } from '../../../core/principal.ts';

export interface FaceLivenessSessionTable {
  id: string;
  tenant_id: TenantId;
  environment: Environment;
  session_id: SessionId;
  token_sha256: Buffer | null;
  audit_images: number;
  bucket: string | null;
  prefix: string | null;
  created_at: Date;
}

export interface FaceLivenessTables {
  face_liveness_session: FaceLivenessSessionTable;
}
