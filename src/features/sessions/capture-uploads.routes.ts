import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../../http/server.ts';
import {
  type CaptureDeps,
  completeCapture,
  createCaptureUpload,
  requireUpload,
} from './capture.usecase.ts';
import type { CaptureGrant } from './capture-grant.repository.ts';
import { StreamName } from './session-schemas.ts';

/** Whose session a request is for, known before its body is read. */
export interface Gate {
  onRequest(request: FastifyRequest): Promise<void>;
  grantOf(request: unknown): CaptureGrant;
}

/** Of one part: small enough to repeat on a bad line, large enough to be few. */
const partBytes = 4 * 1024 * 1024;

const UploadJson = z
  .object({
    id: z.string(),
    stream: StreamName,
    state: z.enum(['open', 'completed']),
    part_bytes: z.int().describe('Most bytes of a part.'),
    max_bytes: z.int().describe('Most bytes of the whole.'),
    parts: z.array(z.object({ number: z.int(), size: z.int(), sha256: z.string() })),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'CaptureUpload' });

const ChallengeAnswer = z
  .strictObject({
    id: z.string().max(100),
    device_label: z.string().max(200).optional().describe('The name of the camera; not kept.'),
    width: z.int().min(1).max(20_000).optional().describe('What the camera says it delivers.'),
    height: z.int().min(1).max(20_000).optional(),
  })
  .meta({
    id: 'ChallengeAnswer',
    description: 'The challenge that a recording of the face answers.',
  });

const UploadParams = z.object({ id: z.string().max(100) });
const tags = ['Capture'];
const config = { access: 'own', credentials: 'captureToken' } as const;

/** Uploads of one session: resumable, in parts. */
export function addUploadRoutes(app: App, options: CaptureDeps, gate: Gate): void {
  addOpening(app, options, gate);
  addParts(app, options, gate);
  addEnding(app, options, gate);
}

function addOpening(app: App, options: CaptureDeps, { onRequest, grantOf }: Gate): void {
  app.post(
    '/capture/v1/uploads',
    {
      config,
      onRequest,
      schema: {
        operationId: 'createUpload',
        summary: 'Begin to send a capture',
        tags,
        body: z.strictObject({ stream: StreamName }),
        response: { 201: UploadJson },
      },
    },
    async (request, reply) => {
      const { stream } = request.body;
      const grant = grantOf(request);
      const upload = await createCaptureUpload(options, grant, stream);
      reply.code(201);
      return toUploadJson(await requireUpload(options, grant, upload.id));
    },
  );

  app.get(
    '/capture/v1/uploads/:id',
    {
      config,
      onRequest,
      schema: {
        operationId: 'getUpload',
        summary: 'Which parts have arrived',
        tags,
        params: UploadParams,
        response: { 200: UploadJson },
      },
    },
    async (request) =>
      toUploadJson(await requireUpload(options, grantOf(request), request.params.id)),
  );
}

function addParts(app: App, options: CaptureDeps, { onRequest, grantOf }: Gate): void {
  app.put(
    '/capture/v1/uploads/:id/parts/:number',
    {
      config: {
        ...config,
        rawBody: { maxBytes: partBytes },
        mediaType: 'application/octet-stream',
      },
      onRequest,
      schema: {
        operationId: 'putUploadPart',
        summary: 'Send a part',
        description: 'In any order, and again after a broken line. Sealed as it arrives.',
        tags,
        params: UploadParams.extend({ number: z.coerce.number().int().min(1).max(2_000) }),
        body: z
          .custom<Uint8Array>((body) => body instanceof Uint8Array && body.length > 0, 'is empty')
          .meta({ type: 'string', contentMediaType: 'application/octet-stream' }),
        response: { 200: UploadJson },
      },
    },
    async (request) => {
      const grant = grantOf(request);
      const { id, number } = request.params;
      await requireUpload(options, grant, id);
      await options.uploads.putPart(grant.tenant, id, number, request.body);
      return toUploadJson(await requireUpload(options, grant, id));
    },
  );
}

function addEnding(app: App, options: CaptureDeps, { onRequest, grantOf }: Gate): void {
  app.post(
    '/capture/v1/uploads/:id/complete',
    {
      config,
      onRequest,
      schema: {
        operationId: 'completeUpload',
        summary: 'Make the parts a capture',
        description: 'When this is answered, the capture is durable. It may be repeated.',
        tags,
        params: UploadParams,
        body: z.strictObject({
          size: z.int().min(1),
          sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex'),
          challenge: ChallengeAnswer.optional(),
        }),
        response: { 201: z.object({ evidence: z.string() }).meta({ id: 'Capture' }) },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const grant = grantOf(request);
      const { challenge, ...claim } = body;
      const answer = challenge && toClaim(challenge);
      const evidence = await completeCapture(options, grant, params.id, claim, new Date(), answer);
      reply.code(201);
      return { evidence };
    },
  );

  app.delete(
    '/capture/v1/uploads/:id',
    {
      config,
      onRequest,
      schema: {
        operationId: 'abandonUpload',
        summary: 'Give up an upload',
        tags,
        params: UploadParams,
        response: { 204: z.void() },
      },
    },
    async (request, reply) => {
      const grant = grantOf(request);
      await requireUpload(options, grant, request.params.id);
      await options.uploads.abandon(grant.tenant, request.params.id);
      return reply.code(204).send();
    },
  );
}

function toClaim({
  id,
  device_label: deviceLabel,
  width,
  height,
}: z.infer<typeof ChallengeAnswer>) {
  return { id, deviceLabel, width, height };
}

function toUploadJson({ upload, parts, stream }: Awaited<ReturnType<typeof requireUpload>>) {
  return {
    id: upload.id,
    stream,
    state: upload.object ? ('completed' as const) : ('open' as const),
    part_bytes: partBytes,
    max_bytes: upload.maxBytes,
    parts: parts.map(({ number, object }) => ({
      number,
      size: object.size,
      sha256: object.sha256,
    })),
    expires_at: upload.expiresAt.toISOString(),
  };
}
