export { type AuditLog, type AuditVerification, createAuditLog } from './audit-log.usecase.ts';
export type { AuditHead } from './check-chain.ts';
