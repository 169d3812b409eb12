import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { EvidenceId, SessionId, TenantId } from '../../core/ids.ts';
import type { Db, Tx } from '../../platform/db/schema.ts';
import { withTenant } from '../../platform/db/transaction.ts';
import {
  type ChallengeScript,
  createChallenge,
  namesProgram,
  redeemChallenge,
  scriptOf,
} from '../liveness/index.ts';
import type { CaptureGrant } from './capture-grant.repository.ts';
import { createChallengeRepository } from './challenge.repository.ts';

/** Enough for honest retries; whoever waits for the challenge that an old recording answers must not draw for ever. */
const MOST_CHALLENGES = 8;

export interface IssuedChallenge {
  readonly script: ChallengeScript;
  readonly expiresAt: Date;
}

/**
 * A new challenge; earlier ones of the session that were not used stop working.
 * @throws AppError challenge_limit
 */
export async function issueChallenge(
  db: Db,
  { tenant, session }: Pick<CaptureGrant, 'tenant' | 'session'>,
  now: Date,
): Promise<IssuedChallenge> {
  return withTenant(db, tenant, async (tx) => {
    const challenges = createChallengeRepository(tx);
    if ((await challenges.countOf(tenant, session)) >= MOST_CHALLENGES) {
      throw new AppError('challenge_limit');
    }
    const challenge = createChallenge((count) => randomBytes(count), now.getTime());
    await challenges.replace(tenant, session, challenge);
    return { script: scriptOf(challenge), expiresAt: new Date(challenge.expiresAt) };
  });
}

/** What a capture says about the challenge that it answers. */
export interface ChallengeClaim {
  readonly id: string;
  readonly deviceLabel?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/**
 * Binds a capture to its challenge, once and in time, in the transaction of the capture.
 * @throws AppError challenge_unusable
 */
export async function claimChallenge(
  tx: Tx,
  { tenant, session }: { readonly tenant: TenantId; readonly session: SessionId },
  claim: ChallengeClaim,
  evidence: EvidenceId,
  at: Date,
): Promise<void> {
  const challenges = createChallengeRepository(tx);
  const challenge = await challenges.lock(tenant, session, claim.id);
  if (!challenge) throw new AppError('challenge_unusable', 'No such challenge in this session');
  const use = redeemChallenge(challenge, at.getTime());
  if ('refusal' in use) {
    const why = use.refusal === 'CHALLENGE_USED' ? 'was used before' : 'has expired';
    throw new AppError('challenge_unusable', `The challenge ${why}`);
  }
  const { width, height, deviceLabel = '' } = claim;
  const camera = { isProgram: namesProgram(deviceLabel), width, height };
  await challenges.markUsed(tenant, claim.id, { at, evidence, camera });
}
