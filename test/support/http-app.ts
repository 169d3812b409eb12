import { pino } from 'pino';
import { AppError } from '../../src/core/errors.ts';
import type { IdempotencyStore, StoredAnswer } from '../../src/core/idempotency.ts';
import type { ApiKeyId, TenantId } from '../../src/core/ids.ts';
import { type Principal, type Scope, scopes } from '../../src/core/principal.ts';
import { createHttpApp, type HttpOptions } from '../../src/http/server.ts';

export const allScopes = Object.keys(scopes) as Scope[];

export function principalOf(tenant: string, granted: readonly Scope[] = allScopes): Principal {
  return {
    tenant: `ten_${tenant}` as TenantId,
    environment: 'live',
    keyId: `key_${tenant}` as ApiKeyId,
    scopes: granted,
  };
}

/** Remembers answers in this process: the port's rules without a database. */
export function idempotencyInMemory(): IdempotencyStore {
  const kept = new Map<string, { sha256: string; answer: StoredAnswer | undefined }>();
  return {
    async begin({ principal, key, operation, requestSha256 }) {
      const id = JSON.stringify([principal.tenant, principal.environment, operation, key]);
      const before = kept.get(id);
      if (before && before.sha256 !== requestSha256) throw new AppError('idempotency_key_reused');
      if (before?.answer) return { kind: 'repeated', answer: before.answer };
      if (before) throw new AppError('idempotency_in_progress');
      kept.set(id, { sha256: requestSha256, answer: undefined });
      return {
        kind: 'first',
        claim: {
          finish: async (answer) => void kept.set(id, { sha256: requestSha256, answer }),
          abandon: async () => void kept.delete(id),
        },
      };
    },
  };
}

/** The HTTP layer with keys in memory: `Bearer acme` is a key with all scopes, `Bearer none` one without. */
export function createTestApp(options: Partial<HttpOptions> = {}) {
  const keys = new Map([
    ['acme', principalOf('acme')],
    ['other', principalOf('other')],
    ['none', principalOf('none', [])],
  ]);
  return createHttpApp({
    log: pino({ level: 'silent' }),
    async authenticate(key) {
      const principal = keys.get(key);
      if (!principal) throw new AppError('api_key_invalid');
      return principal;
    },
    rate: { perSecond: 1_000, burst: 1_000 },
    idempotency: idempotencyInMemory(),
    ...options,
  });
}
