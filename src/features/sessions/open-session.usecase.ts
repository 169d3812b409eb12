import type { SessionId, SubjectId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import { enqueue } from '../../platform/db/outbox.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import { pinWorkflow } from '../workflows/index.ts';
import { openState } from './open-state.ts';
import type { PersonalBox } from './personal-box.usecase.ts';
import type { PersonalData } from './personal-data.ts';
import { createSessionRepository, type SessionRow } from './session.repository.ts';
import type { SessionEvent } from './session.ts';
import { sessionTopic } from './session-message.ts';

export interface OpenSessionDeps {
  readonly db: Db;
  readonly personal: PersonalBox;
}

export interface SessionOrder {
  readonly id: SessionId;
  readonly subject: SubjectId;
  /** Id or name. */
  readonly workflow: string;
  readonly workflowVersion?: number | undefined;
  readonly locale: string;
  readonly data: PersonalData;
}

/**
 * One transaction: the session and the order to start its actor exist together or not at all. Repeating it
 * with the same id has no further effect.
 * @throws AppError workflow_not_found
 */
export async function openSession(
  { db, personal }: OpenSessionDeps,
  { tenant, environment }: Pick<Principal, 'tenant' | 'environment'>,
  order: SessionOrder,
  now: Date,
): Promise<SessionRow> {
  // Before the transaction: making a key writes and syncs a file.
  const personalSealed = await personal.seal(order.subject, order.id, order.data);
  const { reference } = order.data;
  return withTenant(db, tenant, async (tx) => {
    const pinned = await pinWorkflow(tx, tenant, order.workflow, order.workflowVersion);
    const at = now.getTime();
    const state = openState(
      {
        session: order.id,
        tenant,
        environment,
        locale: order.locale,
        workflow: { id: pinned.id, version: pinned.version },
        expiresAt: at + pinned.graph.expires_after_s * 1_000,
      },
      at,
    );
    const sessions = createSessionRepository(tx);
    const isNew = await sessions.insert(tenant, {
      id: order.id,
      subject: order.subject,
      workflow: pinned.id,
      state,
      personalSealed,
      referenceIndex: reference === null ? null : personal.referenceIndex(tenant, reference),
    });
    if (isNew) await tell(tx, tenant, order.id, { type: 'opened', at });
    const row = await sessions.find(tenant, order.id);
    if (!row) throw new Error('A session that was inserted is gone');
    return row;
  });
}

/** Tells the session's actor, if and only if the transaction commits. */
export function tell(
  tx: Tx,
  tenant: Principal['tenant'],
  session: SessionId,
  event: SessionEvent,
): Promise<void> {
  return enqueue(tx, { tenant, topic: sessionTopic, key: session, payload: { event } });
}
