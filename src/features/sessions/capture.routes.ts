import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { App } from '../../http/server.ts';
import {
  authenticateCapture,
  type CaptureDeps,
  type CaptureView,
  exchangeLink,
  type IssuedSecret,
  issueLink,
  renewBearer,
  viewCapture,
} from './capture.usecase.ts';
import type { CaptureGrant } from './capture-grant.repository.ts';
import { addUploadRoutes, type Gate } from './capture-uploads.routes.ts';
import { addChallengeRoutes } from './challenges.routes.ts';
import { progressEvents } from './progress.usecase.ts';
import { sessionStatuses } from './session.ts';
import { CaptureLinkJson, StreamJson } from './session-schemas.ts';
import { toStreamsJson } from './session-view.ts';

export interface CaptureRoutesOptions extends CaptureDeps {
  readonly publicUrl: string;
}

const TokenJson = z
  .object({
    token: z.string().describe('Send it as `Authorization: Bearer …`; renew it before it expires.'),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'CaptureToken' });

const CaptureSessionJson = z
  .object({
    status: z.enum(sessionStatuses),
    locale: z.string(),
    streams: z.array(StreamJson),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'CaptureSession' });

const tags = ['Capture'];
const config = { access: 'own', credentials: 'captureToken' } as const;

/** `/capture/v1`: what the capture page of one session may do, and nothing else. */
export function addCaptureRoutes(app: App, options: CaptureRoutesOptions): void {
  const grants = new WeakMap<FastifyRequest, CaptureGrant>();
  /** Before a byte of the body is read. */
  const onRequest = async (request: FastifyRequest) => {
    const bearer = /^Bearer ([A-Za-z0-9_-]{20,100})$/.exec(
      request.headers.authorization ?? '',
    )?.[1];
    if (bearer === undefined) throw new AppError('capture_unauthorized');
    grants.set(request, await authenticateCapture(options.db, bearer, new Date()));
  };
  const grantOf = (request: unknown): CaptureGrant => {
    const grant = grants.get(request as FastifyRequest);
    if (!grant) throw new AppError('capture_unauthorized');
    return grant;
  };
  addTokens(app, options, { onRequest, grantOf });
  addProgress(app, options, { onRequest, grantOf });
  addUploadRoutes(app, options, { onRequest, grantOf });
  addChallengeRoutes(app, options, { onRequest, grantOf });
}

function addTokens(app: App, options: CaptureRoutesOptions, { onRequest, grantOf }: Gate): void {
  app.post(
    '/capture/v1/token',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'exchangeCaptureLink',
        summary: 'Exchange the secret of a link for a token',
        description: 'Once. The token lives for fifteen minutes.',
        tags,
        body: z.strictObject({
          session: z.string().max(100),
          secret: z.string().min(1).max(200).describe('The fragment of the link.'),
        }),
        response: { 201: TokenJson },
      },
    },
    async ({ body }, reply) => {
      const issued = await exchangeLink(options, body.session, body.secret, new Date());
      reply.code(201);
      return toToken(issued);
    },
  );

  app.post(
    '/capture/v1/token/renewal',
    {
      config,
      onRequest,
      schema: {
        operationId: 'renewCaptureToken',
        summary: 'Get a token for another fifteen minutes',
        tags,
        response: { 201: TokenJson },
      },
    },
    async (request, reply) => {
      const issued = await renewBearer(options.db, grantOf(request), new Date());
      reply.code(201);
      return toToken(issued);
    },
  );

  app.post(
    '/capture/v1/handover',
    {
      config,
      onRequest,
      schema: {
        operationId: 'handOverCapture',
        summary: 'Go on on another device',
        description: 'Answers a new link; this token and every earlier one stop working.',
        tags,
        response: { 201: CaptureLinkJson },
      },
    },
    async (request, reply) => {
      const { tenant, session } = grantOf(request);
      const link = await issueLink(options.db, { tenant, id: session }, new Date());
      reply.code(201);
      return {
        url: `${options.publicUrl}/verify/${session}#${link.secret}`,
        expires_at: link.expiresAt.toISOString(),
      };
    },
  );
}

function addProgress(app: App, options: CaptureRoutesOptions, { onRequest, grantOf }: Gate): void {
  app.get(
    '/capture/v1/session',
    {
      config,
      onRequest,
      schema: {
        operationId: 'getCaptureSession',
        summary: 'What is needed next',
        tags,
        response: { 200: CaptureSessionJson },
      },
    },
    async (request) => toCaptureSession(await viewCapture(options.db, grantOf(request))),
  );

  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.get(
    '/capture/v1/progress',
    {
      config: { ...config, answerType: 'text/event-stream' },
      onRequest,
      schema: {
        operationId: 'watchCaptureSession',
        summary: 'Follow the session as server-sent events',
        description:
          'One `progress` event with the session as `GET /capture/v1/session` shows it, and one for each change.',
        tags,
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      const gone = new AbortController();
      request.raw.socket.once('close', () => gone.abort());
      const look = async () => {
        const view = await viewCapture(options.db, grant);
        const { version, status } = view.row.state;
        return { version, status, data: toCaptureSession(view) };
      };
      const signal = AbortSignal.any([gone.signal, closing.signal]);
      reply.type('text/event-stream').header('x-accel-buffering', 'no');
      return reply.send(Readable.from(progressEvents(look, signal)));
    },
  );
}

function toToken({ secret, expiresAt }: IssuedSecret) {
  return { token: secret, expires_at: expiresAt.toISOString() };
}

function toCaptureSession({ row: { state }, plan }: CaptureView) {
  return {
    status: state.status,
    locale: state.locale,
    streams: toStreamsJson(plan, state),
    expires_at: new Date(state.expiresAt).toISOString(),
  };
}
