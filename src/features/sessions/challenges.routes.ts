import { z } from 'zod';
import type { App } from '../../http/server.ts';
import { flashColours, movements } from '../liveness/index.ts';
import type { CaptureDeps } from './capture.usecase.ts';
import type { Gate } from './capture-uploads.routes.ts';
import { issueChallenge } from './challenges.usecase.ts';

const Span = {
  start_ms: z.int().describe('Since the first frame of the recording.'),
  end_ms: z.int(),
};

const ChallengeJson = z
  .object({
    id: z.string(),
    steps: z.array(z.object({ movement: z.enum(movements), ...Span })),
    flashes: z.array(z.object({ colour: z.array(z.int()).describe('Red, green, blue.'), ...Span })),
    duration_ms: z.int().describe('Record at least this long.'),
    expires_at: z.iso.datetime().describe('The recording must be complete by then.'),
  })
  .meta({
    id: 'LivenessChallenge',
    description:
      'Show each movement and colour at its time, counted from the first recorded frame. Left and right are those of the person; the recording is not mirrored.',
  });

/** `POST /capture/v1/challenges`: what to do in front of the camera, anew for each attempt. */
export function addChallengeRoutes(
  app: App,
  { db }: Pick<CaptureDeps, 'db'>,
  { onRequest, grantOf }: Gate,
): void {
  app.post(
    '/capture/v1/challenges',
    {
      config: { access: 'own', credentials: 'captureToken' },
      onRequest,
      schema: {
        operationId: 'createChallenge',
        summary: 'Draw a challenge for a recording of the face',
        description:
          'Random, valid for two minutes, used once; the one before stops working. Name it when the upload of the recording is completed.',
        tags: ['Capture'],
        response: { 201: ChallengeJson },
      },
    },
    async (request, reply) => {
      const { script, expiresAt } = await issueChallenge(db, grantOf(request), new Date());
      reply.code(201);
      return {
        id: script.id,
        steps: script.steps.map(({ movement, startMs, endMs }) => ({
          movement,
          start_ms: startMs,
          end_ms: endMs,
        })),
        flashes: script.flashes.map(({ colour, startMs, endMs }) => ({
          colour: [...flashColours[colour]],
          start_ms: startMs,
          end_ms: endMs,
        })),
        duration_ms: script.durationMs,
        expires_at: expiresAt.toISOString(),
      };
    },
  );
}
