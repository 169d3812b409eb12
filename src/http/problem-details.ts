import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { $ZodIssue, $ZodType } from 'zod/v4/core';
import { safeParse } from 'zod/v4/core';
import { AppError, type FieldError, type Problem, toProblem } from '../core/errors.ts';

/** More faults than these are not listed: the caller corrects the first ones and sees the rest. */
const MAX_FAULTS = 20;

/** Turns whatever was thrown into RFC 9457 problem details. The only place that maps errors to HTTP. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>(answerProblem);

  // The path is not repeated: a mistyped one may hold a name or a token.
  const refuse = () => {
    throw new AppError('route_not_found');
  };
  app.setNotFoundHandler(refuse);
  // Before the body is looked at: what is wrong about a request to nowhere is where it goes.
  app.addHook('onRequest', async (request) => {
    if (request.is404) refuse();
  });
}

/** Also for what Fastify refuses before any hook: addresses that cannot be decoded. */
export function answerProblem(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = toAppError(error);
  const problem = describe(known, error, `urn:bonafide:request:${request.id}`);
  if (problem.status >= 500) {
    request.log.error({ err: error, code: problem.code }, 'request failed');
  }
  request.problemCode = problem.code;
  reply.header('x-request-id', request.id);
  addHeaders(reply, known, problem.status);
  drain(request.raw);
  // As bytes: Fastify would add a charset to text, which this media type does not have.
  const body = Buffer.from(JSON.stringify(problem));
  return reply.code(problem.status).type('application/problem+json').send(body);
}

/**
 * Lets the rest of a half-read body flow past: the caller then sees the refusal instead of a broken
 * connection, and the next request on it is not stuck behind. The request's time limit still holds.
 */
function drain(raw: IncomingMessage): void {
  if (raw.complete) return;
  raw.unpipe();
  raw.resume();
}

/** Fastify's own refusals (method, content type, broken length) are told by their codes and status. */
export function toAppError(error: FastifyError | AppError): AppError | undefined {
  if (error instanceof AppError) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('media_type_unsupported');
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError('payload_too_large');
    case 'ECONNRESET':
      return new AppError('request_rejected', 'The request ended before it was complete');
    default:
      return error.statusCode !== undefined && error.statusCode < 500
        ? new AppError('request_rejected')
        : undefined;
  }
}

function describe(known: AppError | undefined, error: FastifyError, instance: string): Problem {
  const problem = toProblem(known ?? error, instance);
  // Keeps the status of Fastify's refusals: it knows best.
  const status = known?.code === 'request_rejected' ? error.statusCode : undefined;
  return status !== undefined && status >= 400 && status < 500 ? { ...problem, status } : problem;
}

function addHeaders(reply: FastifyReply, error: AppError | undefined, status: number): void {
  if (error?.retryAfterS !== undefined) {
    reply.header('retry-after', Math.max(1, Math.ceil(error.retryAfterS)));
  }
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="bonafide"');
}

/** Zod as Fastify's validator: strict objects refuse unknown fields, each with its own pointer. */
export function validateWith({ schema }: { schema: $ZodType }) {
  return (data: unknown): { value: unknown } | { error: AppError } => {
    const result = safeParse(schema, data ?? undefined);
    if (result.success) return { value: result.data };
    const errors = result.error.issues.flatMap(toFieldErrors).slice(0, MAX_FAULTS);
    return { error: new AppError('validation_failed', undefined, { errors }) };
  };
}

function toFieldErrors(issue: $ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.slice(0, MAX_FAULTS).map((key) => ({
      pointer: toPointer([...issue.path, key.slice(0, 100)]),
      detail: 'is not a known field',
    }));
  }
  return [{ pointer: toPointer(issue.path), detail: issue.message }];
}

/** RFC 6901. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
