export type { AuditDetails, AuditEvent, SignedEntry } from './audit-entry.ts';
export { type AuditLog, type AuditVerification, createAuditLog } from './audit-log.usecase.ts';
export type { AuditFault, AuditHead } from './check-chain.ts';
