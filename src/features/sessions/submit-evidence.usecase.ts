import { AppError } from '../../core/errors.ts';
import { type EvidenceId, newId, type SessionId, type TenantId } from '../../core/ids.ts';
import type { StoredObject } from '../../core/objects.ts';
import type { Tx } from '../../platform/db/schema.ts';
import type { Stream } from '../checks/index.ts';
import { loadPlan } from './apply-event.usecase.ts';
import { type ChallengeClaim, claimChallenge } from './challenges.usecase.ts';
import { createEvidenceRepository } from './evidence.repository.ts';
import { tell } from './open-session.usecase.ts';
import { createSessionStateRepository } from './session.repository.ts';
import { finalStatuses } from './session.ts';
import { wantedStreams } from './session-plan.ts';

export interface Submission {
  readonly tenant: TenantId;
  readonly session: SessionId;
  readonly stream: Stream;
  readonly contentType: string;
  /** Of the face only. */
  readonly challenge?: ChallengeClaim | undefined;
}

/**
 * The capture's row and the message to the actor, in the transaction that completes its upload. A stream takes
 * one capture, and another only when it is asked for.
 * @throws AppError session_not_found | session_erased | session_closed | stream_not_wanted | challenge_unusable
 */
export async function submitEvidence(
  tx: Tx,
  { tenant, session, stream, contentType, challenge }: Submission,
  object: StoredObject,
  now: Date,
): Promise<EvidenceId> {
  const attempt = await requireWanted(tx, tenant, session, stream);
  const id = newId('evidence');
  await createEvidenceRepository(tx).insert(tenant, {
    id,
    session,
    stream,
    attempt,
    object: object.id,
    sha256: object.sha256,
    contentType,
    size: object.size,
  });
  if (challenge) await claimChallenge(tx, { tenant, session }, challenge, id, now);
  const at = now.getTime();
  await tell(tx, tenant, session, {
    type: 'evidence_received',
    stream,
    evidence: id,
    attempt,
    at,
  });
  return id;
}

/** The number of the next attempt. @throws AppError as `submitEvidence` */
export async function requireWanted(
  tx: Tx,
  tenant: TenantId,
  session: SessionId,
  stream: Stream,
): Promise<number> {
  const row = await createSessionStateRepository(tx).lock(tenant, session);
  if (!row) throw new AppError('session_not_found');
  if (row.erasedAt) throw new AppError('session_erased');
  if (finalStatuses.includes(row.state.status)) throw new AppError('session_closed');
  const captures = await createEvidenceRepository(tx).listOf(tenant, session);
  const last = Math.max(0, ...captures.filter((c) => c.stream === stream).map((c) => c.attempt));
  const plan = await loadPlan(tx, row);
  const isWanted = wantedStreams(plan, row.state).includes(stream);
  // A capture that the actor has not seen yet may be what makes another one unwanted.
  const isPending = last > (row.state.streams[stream]?.attempt ?? 0);
  if (!isWanted || isPending) throw new AppError('stream_not_wanted');
  return last + 1;
}
