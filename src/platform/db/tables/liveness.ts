import type { EvidenceId, SessionId, TenantId } from '../../../core/ids.ts';

export interface LivenessChallengeTable {
  id: string;
  tenant_id: TenantId;
  session_id: SessionId;
  script: Record<string, unknown>;
  issued_at: Date;
  expires_at: Date;
  used_at: Date | null;
  evidence_id: EvidenceId | null;
  camera: Record<string, unknown> | null;
}

export interface LivenessTables {
  liveness_challenge: LivenessChallengeTable;
}
