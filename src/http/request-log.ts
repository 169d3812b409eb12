import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../core/errors.ts';
import { newId } from '../core/ids.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Code of the problem that was answered, for the log. */
    problemCode: ErrorCode | undefined;
    /** Runs `release` once the answer is out or the connection is gone. */
    onAnswered(release: () => void): void;
    releases: (() => void)[] | undefined;
  }
}

/** What the log and the metrics say of an answer; no path, no query, nothing of headers or body. */
export interface Answered {
  readonly operation: string;
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
}

/** A caller's id is taken over only in a form that can hold no sentence and break no log line. */
export function requestIdOf(raw: IncomingMessage): string {
  const id = raw.headers['x-request-id'];
  return typeof id === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(id) ? id : newId('request');
}

/** Answers the request id, writes one line a request and lets go of what the request held. */
export function followRequests(
  app: FastifyInstance,
  options: { onAnswered?(answered: Answered): void },
): void {
  let isClosing = false;
  app.decorateRequest('problemCode', undefined);
  app.decorateRequest('releases', undefined);
  app.decorateRequest('onAnswered', function (this: FastifyRequest, release: () => void) {
    this.releases ??= [];
    this.releases.push(release);
  });
  // A connection that stays open would hold up the end of a graceful shutdown.
  app.addHook('onSend', async (_request, reply, payload) => {
    if (isClosing) reply.header('connection', 'close');
    return payload;
  });
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // Unlike `finish`, `close` also comes when the caller hangs up.
    reply.raw.once('close', () => {
      for (const release of request.releases ?? []) release();
      request.releases = undefined;
      const answered = describe(request, reply);
      options.onAnswered?.(answered);
      request.log.info(
        {
          ...answered,
          ...(request.problemCode && { code: request.problemCode }),
          ...(request.principal && { tenant: request.principal.tenant }),
        },
        'request answered',
      );
    });
  });
}

function describe(request: FastifyRequest, reply: FastifyReply): Answered {
  return {
    operation: request.routeOptions?.schema?.operationId ?? 'none',
    method: request.method,
    // Nginx's number for a caller that went away before it was answered.
    status: reply.raw.writableFinished ? reply.statusCode : 499,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
  };
}
