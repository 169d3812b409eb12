import { z } from 'zod';
import { ImageField, imageRoute } from '../../http/image-input.ts';
import type { App } from '../../http/server.ts';
import { analyseFaces } from './analyse-faces.task.ts';
import { IdentityJson, toIdentityJson } from './face-schemas.ts';
import type { FaceRoutesOptions } from './faces.routes.ts';
import { verifyIdentity } from './verify-identity.usecase.ts';

/** `POST /v1/identity/verify`. Nothing of it is stored. */
export function addIdentityRoutes(app: App, { vision, models }: FaceRoutesOptions): void {
  app.post(
    '/v1/identity/verify',
    {
      config: {
        access: 'faces',
        idempotent: true,
        ...imageRoute(['document_front', 'document_back', 'selfie']),
      },
      schema: {
        operationId: 'verifyIdentity',
        summary: 'Is the person on this document the one on this selfie?',
        description:
          'Compares the portrait on the front of a document with a selfie and says why in reason codes. It does not tell whether the document is genuine or the person present: sessions do.',
        tags: ['Identity'],
        body: z.strictObject({
          document_front: ImageField,
          document_back: ImageField.optional().describe(
            'Only checked for being a readable picture: the portrait is on the front.',
          ),
          selfie: ImageField,
        }),
        response: { 200: IdentityJson },
      },
    },
    async ({ body, signal }) => {
      const images = { document: body.document_front.bytes, selfie: body.selfie.bytes };
      const back = body.document_back;
      const [verification] = await Promise.all([
        verifyIdentity(vision, models, images, { signal, documentName: 'document_front' }),
        back && vision.run(analyseFaces, { bytes: back.bytes, name: 'document_back' }, { signal }),
      ]);
      return toIdentityJson(verification);
    },
  );
}
