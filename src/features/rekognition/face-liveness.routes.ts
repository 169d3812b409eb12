import { z } from 'zod';
import type { Box } from '../../core/image.ts';
import type { Principal } from '../../core/principal.ts';
import type { RunOptions } from '../../core/task.ts';
import type { App } from '../../http/server.ts';
import { parseRequest } from './aws-errors.ts';
import {
  CHALLENGE,
  CreateLivenessRequest,
  LivenessResultsRequest,
  toFeedback,
} from './face-liveness.ts';
import {
  createLivenessSession,
  type FaceLivenessDeps,
  linkLivenessSession,
  type ResultImage,
  readLivenessResults,
} from './face-liveness.usecase.ts';
import { toBoundingBox } from './operations.ts';

export async function createFaceLivenessSession(
  body: unknown,
  caller: Principal,
  deps: FaceLivenessDeps,
): Promise<object> {
  const { Settings, ClientRequestToken } = parseRequest(CreateLivenessRequest, body);
  const output = Settings?.OutputConfig;
  const settings = {
    auditImages: Settings?.AuditImagesLimit ?? 0,
    output: output ? { bucket: output.S3Bucket, prefix: output.S3KeyPrefix ?? '' } : null,
  };
  const token = ClientRequestToken ?? undefined;
  return {
    SessionId: await createLivenessSession(deps, caller, settings, token, new Date()),
  };
}

export async function getFaceLivenessSessionResults(
  body: unknown,
  caller: Principal,
  deps: FaceLivenessDeps,
  run: RunOptions,
): Promise<object> {
  const { SessionId } = parseRequest(LivenessResultsRequest, body);
  const results = await readLivenessResults(deps, caller, SessionId, new Date(), run);
  const { status, confidence, feedback, reference, audit } = results;
  if (status !== 'SUCCEEDED') return { SessionId, Status: status };
  return {
    SessionId,
    Status: status,
    Confidence: confidence,
    ...(reference && { ReferenceImage: toAuditImage(reference) }),
    AuditImages: audit.map(toAuditImage),
    Challenge: CHALLENGE,
    Feedback: toFeedback(feedback),
  };
}

function toAuditImage({ jpeg, stored, face, ...size }: ResultImage) {
  return {
    ...(jpeg && { Bytes: Buffer.from(jpeg).toString('base64') }),
    ...(stored && { S3Object: { Bucket: stored.bucket, Name: stored.name } }),
    ...(face && { BoundingBox: toBoundingBox(within(face, size), size) }),
  };
}

/** Boxes may reach beyond the picture; those of that service do not. */
function within(box: Box, { width, height }: { width: number; height: number }): Box {
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  return {
    x,
    y,
    width: Math.min(width, box.x + box.width) - x,
    height: Math.min(height, box.y + box.height) - y,
  };
}

/** `POST /compat/face-liveness/{SessionId}/link`: where the person records, in place of AWS's streaming. */
export function addFaceLivenessRoutes(
  app: App,
  { db, publicUrl }: Pick<FaceLivenessDeps, 'db'> & { readonly publicUrl: string },
): void {
  app.post(
    '/compat/face-liveness/:id/link',
    {
      config: { access: 'faces' },
      schema: {
        operationId: 'createFaceLivenessLink',
        summary: 'Where the person of a Face Liveness session records',
        description:
          'For the `SessionId` of CreateFaceLivenessSession. Send the person there, or let a page of your own use the capture API with the link. Links and capture tokens from before stop working.',
        tags: ['AWS-compatible'],
        params: z.object({ id: z.string().max(100) }),
        response: {
          201: z
            .object({
              session_id: z.string().describe('The same session in `/v1/sessions`.'),
              url: z.string().describe('Works once.'),
              expires_at: z.iso.datetime(),
            })
            .meta({ id: 'FaceLivenessLink' }),
        },
      },
    },
    async ({ principal, params }, reply) => {
      const { session, link } = await linkLivenessSession(db, principal, params.id, new Date());
      reply.code(201);
      return {
        session_id: session,
        url: `${publicUrl}/verify/${session}#${link.secret}`,
        expires_at: link.expiresAt.toISOString(),
      };
    },
  );
}
