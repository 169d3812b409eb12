import { z } from 'zod';
import type { TaskRunner } from '../../core/task.ts';
import { ImageField, imageRoute } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import { DocumentReadingJson, toDocumentJson } from './document-schemas.ts';
import { readDocument } from './read-document.task.ts';

export interface DocumentRoutesOptions {
  readonly vision: TaskRunner;
}

/** `POST /v1/documents/read`. Nothing of it is stored. */
export function addDocumentRoutes(app: App, { vision }: DocumentRoutesOptions): void {
  app.post(
    '/v1/documents/read',
    {
      config: { access: 'documents', idempotent: true, ...imageRoute(['image']) },
      schema: {
        operationId: 'readDocument',
        summary: 'Read an identity document',
        description:
          'Outline, machine-readable zone, barcodes and portrait of one side, with what is wrong with the capture. A picture without a document is answered with a hint, not with an error.',
        tags: ['Documents'],
        body: z.strictObject({
          image: ImageField,
          side: z
            .enum(['front', 'back'])
            .optional()
            .describe('The side that was asked for; the other one is then hinted at.'),
        }),
        response: { 200: DocumentReadingJson },
      },
    },
    async ({ body, signal }) => {
      const today = new Date().toISOString().slice(0, 10);
      const { image, side } = body;
      const input = { bytes: image.bytes, name: 'image', today, ...(side && { side }) };
      return toDocumentJson(await vision.run(readDocument, input, { signal }));
    },
  );
}
