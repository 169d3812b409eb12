import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import type { IdempotencyClaim, IdempotencyStore } from '../core/idempotency.ts';
import { type Id, type IdKind, idFromSeed, newId } from '../core/ids.ts';

declare module 'fastify' {
  interface FastifyRequest {
    idempotency: { claim: IdempotencyClaim; seed: string } | undefined;
    /**
     * Id for something that this request makes. With an `Idempotency-Key` it is the same again when the
     * request is repeated after a crash, so that `insert … on conflict do nothing` has one effect.
     */
    newId<Kind extends IdKind>(kind: Kind): Id<Kind>;
  }
}

/** Answers a repeated request (same key, same body) from the first one's answer, on routes that ask for it. */
export function requireIdempotency(app: FastifyInstance, store: IdempotencyStore): void {
  app.decorateRequest('idempotency', undefined);
  app.decorateRequest('newId', newIdOf);

  app.addHook('preHandler', async (request, reply) => {
    const key = readKey(request);
    if (key === undefined) return;
    const { principal } = request;
    const operation = request.routeOptions.schema?.operationId ?? '';
    const outcome = await store.begin({
      principal,
      key,
      operation,
      requestSha256: sha256(`${request.method} ${request.url}\n${request.bodySha256 ?? ''}`),
    });
    if (outcome.kind === 'repeated') {
      const { status, contentType, body } = outcome.answer;
      reply.header('idempotency-replayed', 'true').code(status).type(contentType);
      // The stored text is sent as it is, past the route's schema.
      return reply.serializer((text) => String(text)).send(body);
    }
    const seed = sha256(`${principal.tenant}\n${principal.environment}\n${operation}\n${key}`);
    request.idempotency = { claim: outcome.claim, seed };
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const held = request.idempotency;
    if (!held) return payload;
    request.idempotency = undefined;
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    if (isText && isFinal(reply.statusCode)) {
      const contentType = String(reply.getHeader('content-type') ?? 'application/json');
      const answer = { status: reply.statusCode, contentType, body: payload.toString() };
      // The thing is done: once more, lest a broken connection leave the key claimed until its lease ends.
      await held.claim.finish(answer).catch(() => held.claim.finish(answer));
    } else {
      await held.claim.abandon();
    }
    return payload;
  });
}

/** Successes and refusals of the content come out the same again; the rest may be tried again. */
function isFinal(status: number): boolean {
  return status < 300 || status === 422;
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined || !request.routeOptions.config.idempotent) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new AppError('validation_failed', '`Idempotency-Key`: 1 to 255 printable ASCII characters');
}

function newIdOf<Kind extends IdKind>(this: FastifyRequest, kind: Kind): Id<Kind> {
  return this.idempotency ? idFromSeed(kind, this.idempotency.seed) : newId(kind);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
