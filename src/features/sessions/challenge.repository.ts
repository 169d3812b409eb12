import type { Selectable } from 'kysely';
import type { EvidenceId, SessionId, TenantId } from '../../core/ids.ts';
import type { Schema, Tx } from '../../platform/db/schema.ts';
import { type Challenge, type ChallengeScript, scriptOf } from '../liveness/index.ts';

/** What the capture page said about the camera, without its name. */
export interface CameraFacts {
  /** Whether its name is that of a program. */
  readonly isProgram: boolean;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** A challenge and what was sent in answer to it. */
export interface AnsweredChallenge {
  readonly script: ChallengeScript;
  readonly camera: CameraFacts;
}

export function createChallengeRepository(tx: Tx) {
  return {
    async countOf(tenant: TenantId, session: SessionId): Promise<number> {
      const { count } = await tx
        .selectFrom('liveness_challenge')
        .select((eb) => eb.fn.countAll<string>().as('count'))
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    /** What was issued before and not used is worth nothing any more. */
    async replace(tenant: TenantId, session: SessionId, challenge: Challenge): Promise<void> {
      const issuedAt = new Date(challenge.issuedAt);
      await tx
        .updateTable('liveness_challenge')
        .set({ expires_at: issuedAt })
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .where('used_at', 'is', null)
        .where('expires_at', '>', issuedAt)
        .execute();
      await tx
        .insertInto('liveness_challenge')
        .values({
          id: challenge.id,
          tenant_id: tenant,
          session_id: session,
          script: { ...scriptOf(challenge) },
          issued_at: issuedAt,
          expires_at: new Date(challenge.expiresAt),
          used_at: null,
          evidence_id: null,
          camera: null,
        })
        .execute();
    },

    /** Locked until the transaction ends. */
    async lock(tenant: TenantId, session: SessionId, id: string): Promise<Challenge | undefined> {
      const row = await tx
        .selectFrom('liveness_challenge')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('session_id', '=', session)
        .where('id', '=', id)
        .forUpdate()
        .executeTakeFirst();
      return row && toChallenge(row);
    },

    async markUsed(
      tenant: TenantId,
      id: string,
      { at, evidence, camera }: { at: Date; evidence: EvidenceId; camera: CameraFacts },
    ): Promise<void> {
      await tx
        .updateTable('liveness_challenge')
        .set({ used_at: at, evidence_id: evidence, camera: { ...camera } })
        .where('tenant_id', '=', tenant)
        .where('id', '=', id)
        .execute();
    },
  };
}

/** The challenge that one of these captures answers. */
export async function findAnsweredChallenge(
  tx: Tx,
  tenant: TenantId,
  evidence: readonly EvidenceId[],
): Promise<AnsweredChallenge | undefined> {
  if (evidence.length === 0) return undefined;
  const row = await tx
    .selectFrom('liveness_challenge')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('evidence_id', 'in', evidence)
    .executeTakeFirst();
  if (!row) return undefined;
  return {
    script: row.script as unknown as ChallengeScript,
    camera: (row.camera ?? { isProgram: false }) as unknown as CameraFacts,
  };
}

function toChallenge(row: Selectable<Schema['liveness_challenge']>): Challenge {
  return {
    ...(row.script as unknown as ChallengeScript),
    issuedAt: row.issued_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    usedAt: row.used_at?.getTime() ?? null,
  };
}
