import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { TaskRunner } from '../../core/task.ts';
import { ImageField, imageRoute } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import { decidePassive, type LivenessDecision, PASSIVE_THRESHOLD } from './decide-passive.ts';
import { type LivenessReasonCode, livenessReasons } from './liveness-reasons.ts';
import { type PassiveFacts, passiveLiveness } from './passive-liveness.task.ts';

const VideoField = z
  .strictObject({
    bytes: z
      .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be base64 text')
      .meta({ type: 'string', contentEncoding: 'base64' }),
  })
  .meta({
    id: 'ShortVideo',
    description: 'H264, VP8 or VP9 in MP4, WebM or Matroska; at most 15 MB and 60 seconds.',
  });

const ReasonJson = z
  .object({
    code: z.enum(Object.keys(livenessReasons) as [LivenessReasonCode, ...LivenessReasonCode[]]),
    severity: z.enum(['error', 'warning', 'information']),
    title: z.string(),
    hint: z.string(),
  })
  .meta({ id: 'LivenessReason' });

const LivenessJson = z
  .object({
    verdict: z.enum(['live', 'not_live', 'inconclusive']),
    score: z.number().min(0).max(100).nullable().describe('Null when nothing could be measured'),
    threshold: z.number().describe('At and above it: live'),
    reasons: z.array(ReasonJson),
    frames: z.int(),
    frames_with_face: z.int(),
    models: z.array(z.object({ name: z.string(), version: z.string(), sha256: z.string() })),
  })
  .meta({ id: 'Liveness' });

/** `POST /v1/faces/liveness`. Nothing of it is stored. */
export function addLivenessRoutes(app: App, { vision }: { readonly vision: TaskRunner }): void {
  app.post(
    '/v1/faces/liveness',
    {
      config: { access: 'faces', idempotent: true, ...imageRoute(['image', 'video']) },
      schema: {
        operationId: 'detectLiveness',
        summary: 'Does the camera see a person, or a picture of one?',
        description:
          'Passive: a picture or a short recording without a challenge. Without a model for presentation attacks in the installed pack the answer is `inconclusive`. Recordings that answer a challenge are judged in sessions.',
        tags: ['Faces'],
        body: z.strictObject({ image: ImageField.optional(), video: VideoField.optional() }),
        response: { 200: LivenessJson },
      },
    },
    async ({ body: { image, video }, signal }) => {
      const given = video ?? image;
      if (!given || (image && video)) {
        const detail = 'send either an image or a video';
        throw new AppError('validation_failed', undefined, {
          errors: [{ pointer: '/image', detail }],
        });
      }
      const name = video ? 'video' : 'image';
      const input = { bytes: given.bytes, name, isVideo: video !== undefined };
      const facts = await vision.run(passiveLiveness, input, { signal });
      return toLivenessJson(decidePassive(facts), facts);
    },
  );
}

function toLivenessJson({ verdict, score, reasons }: LivenessDecision, facts: PassiveFacts) {
  return {
    verdict,
    score,
    threshold: PASSIVE_THRESHOLD,
    reasons: reasons.map((code) => ({ code, ...livenessReasons[code] })),
    frames: facts.frames,
    frames_with_face: facts.framesWithFace,
    models: facts.models.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
  };
}
