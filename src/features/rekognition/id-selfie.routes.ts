import { z } from 'zod';
import type { TaskRunner } from '../../core/task.ts';
import { MAX_IMAGE_BYTES } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import { compareFaces, DEFAULT_SIMILARITY_THRESHOLD, type FaceModels } from '../faces/index.ts';

const Picture = z
  .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be base64 text')
  .meta({ type: 'string', contentEncoding: 'base64' });

/** `POST /compat/id-selfie`: the two-field request of AWS's "ID + Selfie" sample. */
export function addIdSelfieRoutes(
  app: App,
  { vision, models }: { vision: TaskRunner; models: FaceModels },
): void {
  app.post(
    '/compat/id-selfie',
    {
      config: {
        access: 'faces',
        idempotent: true,
        binary: { paths: [['dl'], ['selfie']], maxBytes: MAX_IMAGE_BYTES },
      },
      schema: {
        operationId: 'compareIdAndSelfie',
        summary: 'Similarity of an ID and a selfie',
        description:
          'The request of the AWS sample "ID + Selfie": the largest face of `dl`, a photograph of the document in any quarter turn, against the faces of `selfie`.',
        tags: ['AWS-compatible'],
        body: z.strictObject({
          dl: Picture.describe('The front of the document, base64.'),
          selfie: Picture.describe('The selfie, base64.'),
        }),
        response: {
          200: z
            .object({
              similarity: z.number().min(0).max(100),
              match: z.boolean().describe(`True from ${DEFAULT_SIMILARITY_THRESHOLD}.`),
            })
            .meta({ id: 'IdSelfieAnswer' }),
        },
      },
    },
    async ({ body, signal }) => {
      const images = { source: body.dl, target: body.selfie };
      const { matches, unmatched } = await compareFaces(vision, models, images, {
        signal,
        sourceAnyTurn: true,
      });
      const best = [...matches, ...unmatched][0];
      // Two digits, never up: what is printed as 80 has reached 80.
      const similarity = Math.floor((best?.similarity ?? 0) * 100) / 100;
      return { similarity, match: matches.length > 0 };
    },
  );
}
