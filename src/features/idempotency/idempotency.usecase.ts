import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type {
  IdempotencyClaim,
  IdempotencyOutcome,
  IdempotencyStore,
  IdempotentRequest,
  StoredAnswer,
} from '../../core/idempotency.ts';
import type { SecretBox } from '../../core/secret-box.ts';
import type { Db } from '../../platform/db/schema.ts';
import { withSystem, withTenant } from '../../platform/db/transaction.ts';
import {
  type Claim,
  createIdempotencyRepository,
  type KnownRequest,
} from './idempotency.repository.ts';

export interface IdempotencyOptions {
  /** Longer than any request may take. After a crash, repeated requests are refused until it ends. */
  readonly leaseMs?: number;
  readonly keepMs?: number;
}

const Answer = z.object({ contentType: z.string(), body: z.string() });

/** Answers of requests with an `Idempotency-Key`, kept for 24 hours and sealed at rest. */
export function createIdempotencyStore(
  db: Db,
  box: SecretBox,
  { leaseMs = 60_000, keepMs = 24 * 3_600_000 }: IdempotencyOptions = {},
): IdempotencyStore {
  return {
    async begin(request) {
      const claim = toClaim(request);
      const requestSha256 = Buffer.from(request.requestSha256, 'hex');
      const known = await withTenant(db, claim.tenant, async (tx) => {
        const repository = createIdempotencyRepository(tx);
        const isMine = await repository.claim(claim, requestSha256, leaseMs, keepMs);
        return isMine ? undefined : repository.find(claim);
      });
      return known
        ? repeat(box, claim, known, requestSha256)
        : { kind: 'first', claim: hold(db, box, claim) };
    },
  };
}

/** Of all tenants; to be called now and then. @returns how many */
export function deleteExpiredIdempotencyKeys(db: Db): Promise<number> {
  return withSystem(db, (tx) => createIdempotencyRepository(tx).deleteExpiredUnscoped());
}

/** For a platform that is the only one on its database: whoever held a lease before it started is gone. */
export function endIdempotencyLeases(db: Db): Promise<void> {
  return withSystem(db, (tx) => createIdempotencyRepository(tx).endLeasesUnscoped());
}

function toClaim({ principal, operation, key }: IdempotentRequest): Claim {
  return {
    tenant: principal.tenant,
    scope: `${principal.environment}:${operation}`,
    keySha256: createHash('sha256').update(key).digest(),
    lease: randomBytes(12).toString('hex'),
  };
}

function hold(db: Db, box: SecretBox, claim: Claim): IdempotencyClaim {
  return {
    async finish({ status, contentType, body }) {
      const plain = Buffer.from(JSON.stringify({ contentType, body }));
      const sealed = box.seal(plain, sealingContext(claim, status));
      await withTenant(db, claim.tenant, (tx) =>
        createIdempotencyRepository(tx).finish(claim, status, sealed),
      );
    },
    abandon() {
      return withTenant(db, claim.tenant, (tx) => createIdempotencyRepository(tx).abandon(claim));
    },
  };
}

function repeat(
  box: SecretBox,
  claim: Claim,
  known: KnownRequest,
  requestSha256: Buffer,
): IdempotencyOutcome {
  if (!timingSafeEqual(known.requestSha256, requestSha256)) {
    throw new AppError('idempotency_key_reused');
  }
  if (known.status === null || known.answerSealed === null) {
    throw new AppError('idempotency_in_progress', undefined, { retryAfterS: 1 });
  }
  const plain = box.open(known.answerSealed, sealingContext(claim, known.status));
  const answer: StoredAnswer = {
    status: known.status,
    ...Answer.parse(JSON.parse(Buffer.from(plain).toString('utf8'))),
  };
  return { kind: 'repeated', answer };
}

function sealingContext({ tenant, scope, keySha256 }: Claim, status: number): string {
  return `idempotent-answer:${tenant}:${scope}:${keySha256.toString('hex')}:${status}`;
}
