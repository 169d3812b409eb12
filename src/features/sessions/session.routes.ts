import { Readable } from 'node:stream';
import { z } from 'zod';
import { isId, type SessionId } from '../../core/ids.ts';
import type { ObjectStore } from '../../core/objects.ts';
import { decodeCursor, pageOf, pageQuery, toPage } from '../../http/pagination.ts';
import type { App } from '../../http/server.ts';
import { type IssuedSecret, issueLink } from './capture.usecase.ts';
import { type EraseDeps, eraseSession } from './erase-session.usecase.ts';
import { openSession } from './open-session.usecase.ts';
import { orderResubmission, orderRuling, requireSession } from './order-session.usecase.ts';
import {
  findFile,
  listSessions,
  type ReadSession,
  readDecision,
  readSession,
} from './read-session.usecase.ts';
import { sessionStatuses } from './session.ts';
import {
  CaptureLinkJson,
  CreateSession,
  DecisionJson,
  NewSessionJson,
  ResubmissionBody,
  RulingBody,
  SessionJson,
} from './session-schemas.ts';
import { toDecisionJson, toSessionJson } from './session-view.ts';

export interface SessionRoutesOptions extends EraseDeps {
  readonly objects: ObjectStore;
  readonly publicUrl: string;
  kick(): void;
}

const Params = z.object({ id: z.string().max(100) });
const tags = ['Sessions'];

/** `/v1/sessions`: the integrator's side of a verification. */
export function addSessionRoutes(app: App, options: SessionRoutesOptions): void {
  addMaking(app, options);
  addReading(app, options);
  addDecision(app, options);
  addRuling(app, options);
  addResubmission(app, options);
  addErasure(app, options);
  addFiles(app, options);
}

function addMaking(app: App, options: SessionRoutesOptions): void {
  app.post(
    '/v1/sessions',
    {
      config: { access: 'sessions:write', idempotent: true },
      schema: {
        operationId: 'createSession',
        summary: 'Begin a verification',
        description:
          'Send the person to `capture.url`. The link works once; `POST /v1/sessions/{id}/link` makes another.',
        tags,
        body: CreateSession,
        response: { 201: NewSessionJson },
      },
    },
    async (request, reply) => {
      const { body, principal } = request;
      const { workflow, workflow_version: workflowVersion, locale, ...data } = body;
      const now = new Date();
      const order = {
        id: request.newId('session'),
        subject: request.newId('subject'),
        workflow,
        workflowVersion,
        locale,
        data,
      };
      const { id } = await openSession(options, principal, order, now);
      options.kick();
      const link = await issueLink(options.db, { ...principal, id }, now);
      const shown = await show(options, await readSession(options.db, principal, id));
      reply.code(201).header('location', `/v1/sessions/${id}`);
      return { ...shown, capture: toLink(options.publicUrl, id, link) };
    },
  );

  app.post(
    '/v1/sessions/:id/link',
    {
      config: { access: 'sessions:write' },
      schema: {
        operationId: 'createCaptureLink',
        summary: 'Make another capture link',
        description: 'Links and capture tokens from before stop working.',
        tags,
        params: Params,
        response: { 201: CaptureLinkJson },
      },
    },
    async ({ principal, params }, reply) => {
      const row = await requireSession(options.db, principal, params.id);
      const link = await issueLink(options.db, row, new Date());
      reply.code(201);
      return toLink(options.publicUrl, row.id, link);
    },
  );
}

function addReading(app: App, options: SessionRoutesOptions): void {
  app.get(
    '/v1/sessions',
    {
      config: { access: 'sessions:read' },
      schema: {
        operationId: 'listSessions',
        summary: 'List sessions, the newest first',
        tags,
        querystring: z.strictObject({
          ...pageQuery,
          status: z.enum(sessionStatuses).optional(),
          workflow: z.string().max(100).optional().describe('Id of the workflow.'),
          reference: z.string().min(1).max(200).optional(),
        }),
        response: { 200: pageOf(SessionJson) },
      },
    },
    async ({ principal, query }) => {
      const { limit, cursor, status, workflow, reference } = query;
      const rows = await listSessions(options.db, principal, {
        status,
        workflow,
        referenceIndex: reference && options.personal.referenceIndex(principal.tenant, reference),
        before: decodeCursor(cursor, isSessionId),
        limit: limit + 1,
      });
      const shown = await Promise.all(rows.map((read) => show(options, read)));
      return toPage(
        shown,
        limit,
        ({ id }) => id,
        (session) => session,
      );
    },
  );

  app.get(
    '/v1/sessions/:id',
    {
      config: { access: 'sessions:read' },
      schema: {
        operationId: 'getSession',
        summary: 'Read a session',
        description: 'Of an erased session, id, status and times are left.',
        tags,
        params: Params,
        response: { 200: SessionJson },
      },
    },
    async ({ principal, params }) =>
      show(options, await readSession(options.db, principal, params.id)),
  );
}

function addDecision(app: App, options: SessionRoutesOptions): void {
  app.get(
    '/v1/sessions/:id/decision',
    {
      config: { access: 'sessions:read' },
      schema: {
        operationId: 'getDecision',
        summary: 'Read the decision with every reason',
        description:
          'While something is outstanding, `outcome` is null and unfinished checks are `pending`.',
        tags,
        params: Params,
        response: { 200: DecisionJson },
      },
    },
    async ({ principal, params }) => {
      const read = await readDecision(options, principal, params.id);
      return {
        ...toDecisionJson(read.plan, read.row.state, read.evidence),
        ruling: read.ruling && { ...read.ruling, at: new Date(read.ruling.at).toISOString() },
        artifacts: read.artifacts
          .filter(({ deletedAt }) => !deletedAt)
          .map(({ id, kind, contentType, size, sha256 }) => ({
            id,
            kind,
            content_type: contentType,
            size,
            sha256,
          })),
      };
    },
  );
}

function addRuling(app: App, options: SessionRoutesOptions): void {
  app.post(
    '/v1/sessions/:id/ruling',
    {
      config: { access: 'reviews', idempotent: true },
      schema: {
        operationId: 'ruleSession',
        summary: 'Rule on a session in review',
        description: 'Accepted and carried out within moments; the status then says so.',
        tags,
        params: Params,
        body: RulingBody,
        response: { 202: SessionJson },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request;
      const order = { ...body, id: request.newId('order'), by: principal.keyId };
      await orderRuling(options, principal, params.id, order, new Date());
      options.kick();
      reply.code(202);
      return show(options, await readSession(options.db, principal, params.id));
    },
  );
}

function addResubmission(app: App, options: SessionRoutesOptions): void {
  app.post(
    '/v1/sessions/:id/resubmission',
    {
      config: { access: 'reviews', idempotent: true },
      schema: {
        operationId: 'requestResubmission',
        summary: 'Ask for chosen captures again',
        description: 'The other captures stand. Make a new link for the person to come back to.',
        tags,
        params: Params,
        body: ResubmissionBody,
        response: { 202: SessionJson },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request;
      const order = { ...body, id: request.newId('order'), by: principal.keyId };
      await orderResubmission(options, principal, params.id, order, new Date());
      options.kick();
      reply.code(202);
      return show(options, await readSession(options.db, principal, params.id));
    },
  );
}

function addErasure(app: App, options: SessionRoutesOptions): void {
  app.delete(
    '/v1/sessions/:id',
    {
      config: { access: 'sessions:write' },
      schema: {
        operationId: 'eraseSession',
        summary: 'Erase the person behind a session',
        description:
          'Destroys the key of the person, with it every capture and result, wherever copies lie. Final and repeatable.',
        tags,
        params: Params,
        response: { 204: z.void() },
      },
    },
    async ({ principal, params }, reply) => {
      await eraseSession(options, principal, params.id, principal.keyId, new Date());
      return reply.code(204).send();
    },
  );
}

function addFiles(app: App, options: SessionRoutesOptions): void {
  app.get(
    '/v1/sessions/:id/files/:file',
    {
      config: { access: 'sessions:read', answerType: 'application/octet-stream' },
      schema: {
        operationId: 'getSessionFile',
        summary: 'Download a capture or an artifact',
        description: 'By its id in the decision: `evd_…` or `art_…`.',
        tags,
        params: Params.extend({ file: z.string().max(100) }),
      },
    },
    async ({ principal, params }, reply) => {
      const file = await findFile(options.db, principal, params.id, params.file);
      reply.type(file.contentType).header('content-length', file.size);
      reply.header('content-disposition', 'attachment');
      return reply.send(Readable.from(options.objects.get(principal.tenant, file.object)));
    },
  );
}

function isSessionId(key: string): key is SessionId {
  return isId('session', key);
}

async function show({ personal }: SessionRoutesOptions, { row, plan }: ReadSession) {
  return toSessionJson(row, plan, await personal.open(row));
}

function toLink(publicUrl: string, session: string, { secret, expiresAt }: IssuedSecret) {
  return {
    url: `${publicUrl}/verify/${session}#${secret}`,
    expires_at: expiresAt.toISOString(),
  };
}
