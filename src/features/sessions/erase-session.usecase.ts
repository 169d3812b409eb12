import { idFromSeed, type SessionId, type SubjectId, type TenantId } from '../../core/ids.ts';
import type { ObjectId, ObjectStore } from '../../core/objects.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import type { Uploads } from '../../platform/objects/uploads.ts';
import type { AuditLog } from '../audit/index.ts';
import { eraseEvents } from '../webhooks/index.ts';
import { createArtifactRepository } from './artifact.repository.ts';
import { createCaptureGrantRepository } from './capture-grant.repository.ts';
import { createEvidenceRepository } from './evidence.repository.ts';
import type { Owner } from './order-session.usecase.ts';
import type { PersonalBox } from './personal-box.usecase.ts';
import { readSession } from './read-session.usecase.ts';
import { createSessionStateRepository } from './session.repository.ts';
import type { SessionState } from './session.ts';
import { createSessionOrderRepository } from './session-order.repository.ts';
import { createTaskRunRepository } from './task-run.repository.ts';
import { createUpkeepRepository, storedKinds } from './upkeep.repository.ts';

export interface EraseDeps {
  readonly db: Db;
  readonly personal: PersonalBox;
  readonly objects: ObjectStore;
  readonly uploads: Uploads;
  readonly audit: Pick<AuditLog, 'append'>;
}

/**
 * Erases the person behind a session. The key goes first: from then on every copy of every object and sealed
 * column is noise, also in backups. What follows tidies up, and may be repeated after a crash. A tombstone
 * (id, workflow, status, times) and an entry of the audit trail stay.
 * @throws AppError session_not_found
 */
export async function eraseSession(
  deps: EraseDeps,
  owner: Owner,
  id: string,
  by: string,
  now: Date,
): Promise<void> {
  const { tenant } = owner;
  const { row } = await readSession(deps.db, owner, id);
  await deps.personal.erase(row.subject);
  const objects = await entomb(deps, tenant, row.id, row.subject, by, now);
  for (const object of objects) await deps.objects.delete(tenant, object);
  await deps.uploads.removeOfSubject(tenant, row.subject);
}

/** One transaction; answers the objects whose files are left. */
function entomb(
  { db, audit }: EraseDeps,
  tenant: TenantId,
  session: SessionId,
  subject: SubjectId,
  by: string,
  now: Date,
): Promise<ObjectId[]> {
  return withTenant(db, tenant, async (tx) => {
    const sessions = createSessionStateRepository(tx);
    const row = await sessions.lock(tenant, session);
    if (!row) return [];
    const evidence = await createEvidenceRepository(tx).listOf(tenant, session);
    const artifacts = await createArtifactRepository(tx).listOf(tenant, session);
    for (const kind of storedKinds) await createUpkeepRepository(tx, kind).erase(tenant, session);
    await createTaskRunRepository(tx).forget(tenant, subject);
    await createCaptureGrantRepository(tx).revokeAll(tenant, session);
    await eraseEvents(tx, tenant, session);
    const orders = createSessionOrderRepository(tx);
    await orders.dropComments(tenant, session);
    if (!row.erasedAt) {
      await sessions.entomb(tenant, tombstoneOf(row.state));
      const erasure = { id: idFromSeed('order', `${session} erasure`), session, by };
      await orders.insert(tenant, { ...erasure, kind: 'erasure', body: {}, comment: null });
      const entry = { actor: by, action: 'session.erased', target: session };
      await audit.append(tx, tenant, entry, now);
    }
    return [...evidence, ...artifacts].map(({ object }) => object);
  });
}

/** Nothing that was captured, computed or ruled; the actor hears nothing more. */
function tombstoneOf(state: SessionState): SessionState {
  return {
    ...state,
    version: state.version + 1,
    locale: '',
    timers: [],
    streams: {},
    tasks: {},
    webhooks: {},
    decision: null,
    ruling: null,
    handled: [],
    erased: true,
  };
}
