import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { isId, newId, type TenantId } from '../../core/ids.ts';
import type {
  ByteRange,
  ListedObject,
  ObjectId,
  ObjectOwner,
  ObjectStore,
} from '../../core/objects.ts';
import type { SubjectKeys } from '../keys/subject-keys.ts';
import type { BlobStore } from './blobs.ts';
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  objectKey,
  openSegments,
  plainSize,
  SEGMENT_BYTES,
  sealSegments,
  segmentsOf,
} from './sealed-segments.ts';

/** Seals what goes into the blobs and opens what comes out. */
export function createObjectStore(blobs: BlobStore, keys: SubjectKeys): ObjectStore {
  return {
    async put(body, owner, { maxBytes = Number.POSITIVE_INFINITY } = {}) {
      const id = newId('object');
      const header = encodeHeader({ ...owner, id });
      const key = objectKey(await keys.make(keyOwner(owner)), header);
      const meter = createMeter(maxBytes);
      await blobs.write(
        blobKey(owner.tenant, id),
        withHeader(header, sealSegments(key, meter.pass(body))),
      );
      // The person may have been erased while the bytes came in: then nothing of it may stay.
      await keys.find(keyOwner(owner)).catch(async (error: unknown) => {
        await blobs.remove(blobKey(owner.tenant, id));
        throw error;
      });
      return { id, ...meter.result() };
    },

    async info(tenant, id) {
      const { header, size } = await openObject(blobs, tenant, id);
      await keys.find(keyOwner(header));
      return { ...header, size };
    },

    get: (tenant, id, range) => readObject(blobs, keys, tenant, id, range),

    async delete(tenant, id) {
      return isKnownForm(tenant, id) && blobs.remove(blobKey(tenant, id));
    },

    list: () => listObjects(blobs),

    collectLeftovers: (before) => blobs.collectLeftovers(before),
  };
}

async function* readObject(
  blobs: BlobStore,
  keys: SubjectKeys,
  tenant: TenantId,
  id: ObjectId,
  range?: ByteRange,
): AsyncGenerator<Uint8Array> {
  const { encoded, header, size } = await openObject(blobs, tenant, id);
  const key = objectKey(await keys.find(keyOwner(header)), encoded);
  const { start, end } = { start: range?.start ?? 0, end: Math.min(range?.end ?? size, size) };
  if (start < 0 || start > end) throw new RangeError('The range lies outside of the object');
  const segments = segmentsOf({ start, end }, size);
  const part = await blobs.read(blobKey(tenant, id), segments.bytes);
  if (!part) throw new AppError('object_not_found');
  let skip = start - segments.from * SEGMENT_BYTES;
  let wanted = end - start;
  for await (const plain of openSegments(key, part.body, segments)) {
    const piece = plain.subarray(skip, skip + wanted);
    skip = 0;
    wanted -= piece.length;
    if (piece.length > 0) yield piece;
  }
}

async function openObject(blobs: BlobStore, tenant: TenantId, id: ObjectId) {
  const part = isKnownForm(tenant, id)
    ? await blobs.read(blobKey(tenant, id), { start: 0, end: HEADER_BYTES })
    : undefined;
  if (!part) throw new AppError('object_not_found');
  const chunks: Uint8Array[] = [];
  for await (const chunk of part.body) chunks.push(chunk);
  const encoded = Buffer.concat(chunks);
  const header = decodeHeader(encoded);
  // A whole object that was moved to another's place is authentic in itself, but not the one asked for.
  if (header.id !== id || header.tenant !== tenant) throw new AppError('object_damaged');
  return { encoded, header, size: plainSize(part.size) };
}

async function* listObjects(blobs: BlobStore): AsyncGenerator<ListedObject> {
  for await (const { key, storedAt } of blobs.list()) {
    const [tenant = '', , id = ''] = key.split('/');
    if (isId('tenant', tenant) && isId('object', id)) yield { tenant, id, storedAt };
  }
}

/** Folders of a tenant are split by the random end of the id, so that none grows huge. */
function blobKey(tenant: TenantId, id: ObjectId): string {
  return `${tenant}/${id.slice(-2)}/${id}`;
}

/** Ids come from URLs: what has another form never reaches a path. */
function isKnownForm(tenant: string, id: string): boolean {
  return isId('tenant', tenant) && isId('object', id);
}

function keyOwner({ subject, tenant }: ObjectOwner) {
  return subject ?? tenant;
}

async function* withHeader(
  header: Uint8Array,
  segments: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield header;
  yield* segments;
}

/** Counts, digests and limits the plain bytes that pass. */
function createMeter(maxBytes: number) {
  const hash = createHash('sha256');
  let size = 0;
  return {
    async *pass(body: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        size += chunk.length;
        if (size > maxBytes) throw new AppError('object_too_large', `At most ${maxBytes} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    },
    result: () => ({ sha256: hash.digest('hex'), size }),
  };
}
