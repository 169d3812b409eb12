import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IdempotencyStore } from '../core/idempotency.ts';
import { type AuthOptions, requireBearer } from './bearer-auth.ts';
import { acceptJson, createBodyBudget } from './body.ts';
import { requireIdempotency } from './idempotency.ts';
import { acceptMultipart } from './image-input.ts';
import {
  answerClientError,
  createListener,
  defaultLimits,
  type HttpLimits,
  type TlsFiles,
} from './listener.ts';
import { answerProblem, answerProblems, validateWith } from './problem-details.ts';
import { type Answered, followRequests, requestIdOf } from './request-log.ts';
import { recordRoutes } from './route.ts';
import { sendSecurityHeaders } from './security-headers.ts';
import { traceRequests } from './spans.ts';

export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface HttpOptions extends AuthOptions {
  readonly log: FastifyBaseLogger;
  readonly idempotency: IdempotencyStore;
  readonly limits?: Partial<HttpLimits>;
  readonly tls?: TlsFiles;
  /** Addresses of proxies whose `X-Forwarded-*` is believed. */
  readonly trustProxy?: readonly string[];
  onAnswered?(answered: Answered): void;
}

/** The server without routes: limits, problems, authentication, idempotency, bodies. Routes are registered on it. */
export function createHttpApp(options: HttpOptions): App {
  const limits = { ...defaultLimits, ...options.limits };
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    bodyLimit: limits.jsonBytes,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    genReqId: (raw) => requestIdOf(raw),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answerProblem(error, request, reply),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 1_100 },
    trustProxy: options.trustProxy?.length ? [...options.trustProxy] : false,
    serverFactory: (handler) => createListener(handler, limits, options.tls),
  }).withTypeProvider<ZodTypeProvider>();

  app.setValidatorCompiler(validateWith);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('bodySha256', undefined);

  recordRoutes(app);
  answerProblems(app);
  followRequests(app, options);
  traceRequests(app);
  sendSecurityHeaders(app, options.tls !== undefined);
  requireBearer(app, options);
  const budget = createBodyBudget(limits.totalBytes);
  acceptJson(app, limits, budget);
  acceptMultipart(app, limits, budget);
  requireIdempotency(app, options.idempotency);
  return app;
}
