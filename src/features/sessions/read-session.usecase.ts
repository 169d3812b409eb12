import { AppError } from '../../core/errors.ts';
import type { ObjectId } from '../../core/objects.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { loadPlan } from './apply-event.usecase.ts';
import { createArtifactRepository } from './artifact.repository.ts';
import { createEvidenceRepository } from './evidence.repository.ts';
import type { Owner } from './order-session.usecase.ts';
import type { PersonalBox } from './personal-box.usecase.ts';
import {
  createSessionRepository,
  type SessionFilter,
  type SessionRow,
} from './session.repository.ts';
import { createSessionOrderRepository } from './session-order.repository.ts';
import type { SessionPlan } from './session-plan.ts';

export interface ReadDeps {
  readonly db: Db;
  readonly personal: PersonalBox;
}

export interface ReadSession {
  readonly row: SessionRow;
  readonly plan: SessionPlan;
}

/** An erased session is found: what is left of it says that it was erased. @throws AppError session_not_found */
export function readSession(db: Db, owner: Owner, id: string): Promise<ReadSession> {
  return withTenant(db, owner.tenant, async (tx) => {
    const row = await createSessionRepository(tx).find(owner.tenant, id);
    if (row?.environment !== owner.environment) throw new AppError('session_not_found');
    return { row, plan: await loadPlan(tx, row) };
  });
}

export function listSessions(
  db: Db,
  owner: Owner,
  filter: Omit<SessionFilter, 'environment'>,
): Promise<ReadSession[]> {
  return withTenant(db, owner.tenant, async (tx) => {
    const rows = await createSessionRepository(tx).list(owner.tenant, {
      ...filter,
      environment: owner.environment,
    });
    const read: ReadSession[] = [];
    for (const row of rows) read.push({ row, plan: await loadPlan(tx, row) });
    return read;
  });
}

/** What a decision shows besides the state. @throws AppError session_not_found | session_erased */
export async function readDecision({ db, personal }: ReadDeps, owner: Owner, id: string) {
  const { row, plan } = await readSession(db, owner, id);
  if (row.erasedAt) throw new AppError('session_erased');
  const found = await withTenant(db, owner.tenant, async (tx) => ({
    evidence: await createEvidenceRepository(tx).listOf(owner.tenant, row.id),
    artifacts: await createArtifactRepository(tx).listOf(owner.tenant, row.id),
    orders: await createSessionOrderRepository(tx).listOf(owner.tenant, row.id),
  }));
  const order = found.orders.find((placed) => placed.id === row.state.ruling?.id);
  const comment = order?.comment
    ? await personal.openText(row.subject, `session-order:${order.id}`, order.comment)
    : null;
  const reasons = order && Array.isArray(order.body.reasons) ? order.body.reasons.map(String) : [];
  return {
    row,
    plan,
    ...found,
    ruling: row.state.ruling && { ...row.state.ruling, reasons, comment },
  };
}

export interface StoredFile {
  readonly object: ObjectId;
  readonly contentType: string;
  readonly size: number;
}

/**
 * A capture or an artifact of the session.
 * @throws AppError session_not_found | session_erased | object_not_found
 */
export async function findFile(
  db: Db,
  owner: Owner,
  session: string,
  id: string,
): Promise<StoredFile> {
  const { row } = await readSession(db, owner, session);
  if (row.erasedAt) throw new AppError('session_erased');
  const files = await withTenant(db, owner.tenant, async (tx) => [
    ...(await createEvidenceRepository(tx).find(owner.tenant, [id])),
    ...(await createArtifactRepository(tx).find(owner.tenant, [id])),
  ]);
  const [file] = files.filter((found) => found.session === row.id && !found.deletedAt);
  if (!file) throw new AppError('object_not_found');
  return file;
}
