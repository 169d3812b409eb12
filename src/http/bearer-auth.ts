import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { type Principal, type Scope, scopes } from '../core/principal.ts';
import type { Access } from './route.ts';
import { type BucketRate, createTokenBuckets, type Grant } from './token-bucket.ts';

export interface AuthOptions {
  /**
   * Unknown, revoked and expired keys are answered alike.
   * @throws AppError api_key_invalid
   */
  authenticate(key: string): Promise<Principal>;
  readonly rate: BucketRate;
  readonly monotonicMs?: () => number;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Grants one request of a key, or says when to come again; for routes with credentials of their own. */
    grant(keyId: string): Grant;
  }
}

/** Long enough for every key that was ever made, short enough to hash without thought. */
const MAX_KEY_LENGTH = 200;

/** Authenticates, then limits the rate, then checks the scope: all before a byte of the body is read. */
export function requireBearer(app: FastifyInstance, options: AuthOptions): void {
  const buckets = createTokenBuckets(options.rate);
  const now = options.monotonicMs ?? (() => performance.now());
  app.decorate('grant', (keyId: string) => buckets.take(keyId, now()));

  app.addHook('onRequest', async (request, reply) => {
    const access: Access = request.routeOptions.config.access ?? 'public';
    if (!isScope(access)) return;
    const key = readBearer(request);
    if (key === undefined) throw new AppError('unauthorized');
    const principal = await options.authenticate(key);
    request.principal = principal;

    const grant = app.grant(principal.keyId);
    reply.header('ratelimit-limit', options.rate.burst);
    reply.header('ratelimit-remaining', grant.remaining);
    reply.header('ratelimit-reset', grant.resetS);
    if (!grant.ok) {
      throw new AppError('rate_limited', undefined, { retryAfterS: grant.retryAfterS });
    }
    if (!principal.scopes.includes(access)) {
      throw new AppError('scope_missing', `This needs the scope \`${access}\``);
    }
  });
}

export function isScope(access: Access): access is Scope {
  return Object.hasOwn(scopes, access);
}

function readBearer(request: FastifyRequest): string | undefined {
  const match = /^Bearer +([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '');
  const key = match?.[1];
  return key !== undefined && key.length <= MAX_KEY_LENGTH ? key : undefined;
}
