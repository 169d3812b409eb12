import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import { isId, type SubjectId, type TenantId } from '../../core/ids.ts';
import type { ByteRange, ObjectId, ObjectOwner } from '../../core/objects.ts';
import { deriveKey } from '../keys/keys.ts';

/**
 * A sealed object is a header of 512 bytes and segments of 1 MiB, each under AES-256-GCM: the STREAM construction
 * (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015). The object's key comes from the data key of its owner, a
 * random salt and the whole header; the nonce is the segment's number and whether it is the last. So nothing can
 * be altered, cut, reordered, repeated or moved to another object, and any segment can be read on its own.
 */
export const SEGMENT_BYTES = 1024 * 1024;
export const HEADER_BYTES = 512;
const TAG = 16;
const SALT = 32;
const SEALED_SEGMENT = SEGMENT_BYTES + TAG;
const MAGIC = Buffer.from('BFO1');
const CIPHER = 'aes-256-gcm';

/** Ids only: the header is authenticated, not encrypted. */
export interface ObjectHeader extends ObjectOwner {
  readonly id: ObjectId;
}

/** Layout: magic (4), salt (32), length of the JSON (2, big-endian), JSON, zeros. */
export function encodeHeader(header: ObjectHeader): Buffer {
  const { id, tenant, subject, kind } = header;
  if (!/^[a-z][a-z0-9-]{0,63}$/.test(kind)) throw new TypeError('An object kind is kebab-case');
  const json = Buffer.from(JSON.stringify({ id, tenant, subject, kind }));
  const encoded = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(encoded);
  randomBytes(SALT).copy(encoded, MAGIC.length);
  encoded.writeUInt16BE(json.length, MAGIC.length + SALT);
  json.copy(encoded, MAGIC.length + SALT + 2);
  return encoded;
}

/** @throws AppError object_damaged. What it says is proven only when the first segment opens. */
export function decodeHeader(encoded: Buffer): ObjectHeader {
  const start = MAGIC.length + SALT + 2;
  if (encoded.length !== HEADER_BYTES || !encoded.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new AppError('object_damaged');
  }
  const json = encoded.subarray(start, start + encoded.readUInt16BE(start - 2)).toString();
  const fields = parseFields(json);
  const { id, tenant, subject, kind } = fields;
  if (!isObjectId(id) || !isTenantId(tenant) || typeof kind !== 'string') {
    throw new AppError('object_damaged');
  }
  if (subject === undefined) return { id, tenant, kind };
  if (!isSubjectId(subject)) throw new AppError('object_damaged');
  return { id, tenant, subject, kind };
}

/** Key of one object; without the very same header bytes it is another key. */
export function objectKey(dataKey: Uint8Array, header: Uint8Array): Uint8Array {
  return deriveKey(dataKey, `bonafide object\0${Buffer.from(header).toString('base64')}`);
}

/** The sealed segments of `body`, in order. An empty body has one empty segment. */
export async function* sealSegments(
  key: Uint8Array,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let index = 0;
  let held: Buffer | undefined;
  // One segment is held back, because only the end of the body tells which one is the last.
  for await (const segment of inSegments(body, SEGMENT_BYTES)) {
    if (held) yield sealSegment(key, index++, false, held);
    held = segment;
  }
  yield sealSegment(key, index, true, held ?? Buffer.alloc(0));
}

/** Plain bytes of an object whose sealed form has `sealedBytes`. @throws AppError object_damaged */
export function plainSize(sealedBytes: number): number {
  const body = sealedBytes - HEADER_BYTES;
  const segments = Math.max(1, Math.ceil(body / SEALED_SEGMENT));
  const lastSegment = body - (segments - 1) * SEALED_SEGMENT;
  if (lastSegment < TAG) throw new AppError('object_damaged');
  return body - segments * TAG;
}

/** Which sealed bytes hold the plain ones of `range` (within the object), and which segments these are. */
export function segmentsOf(range: ByteRange, size: number) {
  const last = Math.max(0, Math.ceil(size / SEGMENT_BYTES) - 1);
  const from = Math.min(Math.floor(range.start / SEGMENT_BYTES), last);
  const to = Math.min(Math.max(from, Math.ceil(range.end / SEGMENT_BYTES) - 1), last);
  const sealedEnd = to === last ? size + (last + 1) * TAG : (to + 1) * SEALED_SEGMENT;
  return {
    from,
    last,
    bytes: { start: HEADER_BYTES + from * SEALED_SEGMENT, end: HEADER_BYTES + sealedEnd },
  };
}

/** Opens consecutive segments, beginning with number `from`. @throws AppError object_damaged */
export async function* openSegments(
  key: Uint8Array,
  sealed: AsyncIterable<Uint8Array>,
  segments: { readonly from: number; readonly last: number; readonly bytes: ByteRange },
): AsyncGenerator<Uint8Array> {
  let index = segments.from;
  let missing = segments.bytes.end - segments.bytes.start;
  for await (const segment of inSegments(sealed, SEALED_SEGMENT)) {
    missing -= segment.length;
    yield openSegment(key, index, index === segments.last, segment);
    index += 1;
  }
  if (missing !== 0) throw new AppError('object_damaged');
}

function sealSegment(key: Uint8Array, index: number, isLast: boolean, plain: Buffer): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, segmentNonce(index, isLast));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openSegment(key: Uint8Array, index: number, isLast: boolean, sealed: Buffer): Uint8Array {
  if (sealed.length < TAG) throw new AppError('object_damaged');
  const nonce = segmentNonce(index, isLast);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  } catch (error) {
    throw new AppError('object_damaged', undefined, { cause: error });
  }
}

/** Never repeats, because every object has its own key. */
function segmentNonce(index: number, isLast: boolean): Uint8Array {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

/** Cuts a stream into pieces of exactly `size` bytes, the last one shorter; none when the stream is empty. */
async function* inSegments(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, size - length);
      rest = rest.subarray(piece.length);
      parts.push(piece);
      length += piece.length;
      if (length < size) continue;
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield Buffer.concat(parts);
}

function parseFields(json: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(json);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch {
    // Falls through: what is no JSON is damaged like any other header.
  }
  throw new AppError('object_damaged');
}

const isObjectId = (value: unknown): value is ObjectId =>
  typeof value === 'string' && isId('object', value);
const isTenantId = (value: unknown): value is TenantId =>
  typeof value === 'string' && isId('tenant', value);
const isSubjectId = (value: unknown): value is SubjectId =>
  typeof value === 'string' && isId('subject', value);
