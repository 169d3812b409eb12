import { z } from 'zod';
import type { TaskRunner } from '../../core/task.ts';
import { ImageField, imageRoute } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import type { FaceModels } from '../faces/index.ts';
import { DocumentReadingJson, toDocumentJson, toProofJson } from './document-schemas.ts';
import { isPdf } from './pdf-signature.ts';
import { readDocument } from './read-document.task.ts';
import { readLetter } from './read-letter.usecase.ts';

export interface DocumentRoutesOptions {
  readonly vision: TaskRunner;
  readonly models: Pick<FaceModels, 'calibration'>;
}

/** `POST /v1/documents/read`. Nothing of it is stored. */
export function addDocumentRoutes(app: App, { vision, models }: DocumentRoutesOptions): void {
  app.post(
    '/v1/documents/read',
    {
      config: { access: 'documents', idempotent: true, ...imageRoute(['image']) },
      schema: {
        operationId: 'readDocument',
        summary: 'Read an identity document or a proof of address',
        description:
          'Outline, machine-readable zone, barcodes, printed fields and portrait of one side, how they agree, and what is wrong with the capture. A picture without a document is answered with a hint, not with an error. A PDF is read as a proof of address.',
        tags: ['Documents'],
        body: z.strictObject({
          image: ImageField,
          side: z
            .enum(['front', 'back'])
            .optional()
            .describe('The side that was asked for; the other one is then hinted at.'),
          portrait_image: z
            .boolean()
            .default(false)
            .describe('Whether the answer holds the portrait as a picture.'),
          kind: z
            .enum(['identity_document', 'proof_of_address'])
            .default('identity_document')
            .describe('A PDF is a proof of address whatever stands here.'),
        }),
        response: { 200: DocumentReadingJson },
      },
    },
    async ({ body, signal }) => {
      const today = new Date().toISOString().slice(0, 10);
      const { image, side, kind, portrait_image: wantsPortrait } = body;
      if (kind === 'proof_of_address' || isPdf(image.bytes)) {
        const letter = { bytes: image.bytes, name: 'image', today };
        return toProofJson(await readLetter(vision, letter, { signal }));
      }
      const input = {
        bytes: image.bytes,
        name: 'image',
        today,
        wantsPortrait,
        ...(side && { side }),
      };
      return toDocumentJson(await vision.run(readDocument, input, { signal }), models);
    },
  );
}
