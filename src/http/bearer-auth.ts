import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { type Principal, type Scope, scopes } from '../core/principal.ts';
import type { Access } from './route.ts';
import { type BucketRate, createTokenBuckets } from './token-bucket.ts';

export interface AuthOptions {
  /** Undefined for a key that does not exist, is revoked or expired: callers cannot tell which. */
  authenticate(key: string): Promise<Principal | undefined>;
  readonly rate: BucketRate;
  readonly monotonicMs?: () => number;
}

/** Long enough for every key that was ever made, short enough to hash without thought. */
const MAX_KEY_LENGTH = 200;

/** Authenticates, then limits the rate, then checks the scope: all before a byte of the body is read. */
export function requireBearer(app: FastifyInstance, options: AuthOptions): void {
  const buckets = createTokenBuckets(options.rate);
  const now = options.monotonicMs ?? (() => performance.now());

  app.addHook('onRequest', async (request, reply) => {
    const access: Access = request.routeOptions.config.access ?? 'public';
    if (!isScope(access)) return;
    const key = readBearer(request);
    const principal = key === undefined ? undefined : await options.authenticate(key);
    if (!principal) throw new AppError('unauthorized');
    request.principal = principal;

    const grant = buckets.take(principal.keyId, now());
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
