import { z } from 'zod';
import { decodeCursor, pageOf, pageQuery, toPage } from '../../http/pagination.ts';
import type { App } from '../../http/server.ts';
import { bucketPattern, MAX_OBJECT_BYTES, type NamedObject, namePattern } from './named-object.ts';
import {
  deleteNamedObject,
  listNamedObjects,
  type NamedObjectStores,
  putNamedObject,
} from './named-objects.usecase.ts';

const Bucket = z
  .string()
  .regex(bucketPattern, 'must be 3 to 63 lower-case letters, digits, hyphens');
const Name = z.string().regex(namePattern, "must be 1 to 1024 letters, digits and !_.*'()/-");

const NamedObjectJson = z
  .object({
    bucket: z.string(),
    name: z.string(),
    size: z.int().describe('Bytes.'),
    sha256: z.string(),
    stored_at: z.iso.datetime(),
  })
  .meta({ id: 'NamedObject' });

const Params = z.object({ bucket: Bucket, name: Name.describe('A slash is sent as `%2F`.') });

/** Images that AWS-style calls name as `S3Object`; sealed under the tenant's key, seen by this tenant only. */
export function addNamedObjectRoutes(app: App, stores: NamedObjectStores): void {
  app.put(
    '/v1/objects/:bucket/:name',
    {
      config: {
        access: 'objects',
        rawBody: { maxBytes: MAX_OBJECT_BYTES },
        mediaType: 'application/octet-stream',
      },
      schema: {
        operationId: 'putObject',
        summary: 'Store an image under a name',
        description:
          'For AWS-style calls that name images as `S3Object`. The body is the file; the same name again replaces it.',
        tags: ['Objects'],
        params: Params,
        body: z
          .custom<Uint8Array>((body) => body instanceof Uint8Array && body.length > 0, 'is empty')
          .meta({ type: 'string', contentMediaType: 'application/octet-stream' }),
        response: { 200: NamedObjectJson },
      },
    },
    async ({ principal, params, body }) =>
      toJson(await putNamedObject(stores, principal, params, body)),
  );

  app.get(
    '/v1/objects/:bucket',
    {
      config: { access: 'objects' },
      schema: {
        operationId: 'listObjects',
        summary: 'List the images of a bucket',
        tags: ['Objects'],
        params: z.object({ bucket: Bucket }),
        querystring: z.strictObject(pageQuery),
        response: { 200: pageOf(NamedObjectJson) },
      },
    },
    async ({ principal, params, query }) => {
      const page = { after: decodeCursor(query.cursor, isName), limit: query.limit + 1 };
      const rows = await listNamedObjects(stores, principal, params.bucket, page);
      return toPage(rows, query.limit, ({ name }) => name, toJson);
    },
  );

  app.delete(
    '/v1/objects/:bucket/:name',
    {
      config: { access: 'objects' },
      schema: {
        operationId: 'deleteObject',
        summary: 'Delete an image',
        tags: ['Objects'],
        params: Params,
        response: { 204: z.void() },
      },
    },
    async ({ principal, params }, reply) => {
      await deleteNamedObject(stores, principal, params.bucket, params.name);
      return reply.code(204).send();
    },
  );
}

function isName(key: string): key is string {
  return namePattern.test(key);
}

function toJson({ bucket, name, size, sha256, storedAt }: NamedObject) {
  return { bucket, name, size, sha256, stored_at: storedAt.toISOString() };
}
