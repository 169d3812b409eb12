import { createHash } from 'node:crypto';
import multipart, { type Multipart, type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../core/errors.ts';
import { type BodyBudget, type BodyLimits, withoutStalls } from './body.ts';
import type { ImageInput } from './route.ts';

/** Largest image accepted by our own API, decoded. */
export const MAX_IMAGE_BYTES = 15_000_000;

/** An image as a route's schema sees it: bytes already, whether they came as base64 or as a part. */
export const ImageField = z
  .strictObject({
    bytes: z
      .custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be base64 text')
      .meta({ type: 'string', contentEncoding: 'base64' }),
  })
  .meta({
    id: 'Image',
    description:
      'JPEG, PNG, WebP or AVIF; at most 15 MB and 64 megapixels, at least 80 × 80 pixels.',
  });

/** `config` of a route that takes images. */
export function imageRoute(images: readonly string[], numbers: readonly string[] = []) {
  return {
    imageInput: { images, numbers },
    binary: { paths: images.map((name) => [name, 'bytes']), maxBytes: MAX_IMAGE_BYTES },
  };
}

/** Text parts are short options; a longer one is a mistake. */
const MAX_TEXT_BYTES = 1024;

/** Turns multipart forms into the same body that JSON gives, before the schema looks at it. */
export function acceptMultipart(
  app: FastifyInstance,
  { bodyIdleMs }: BodyLimits,
  budget: BodyBudget,
): void {
  app.register(multipart, {
    throwFileSizeLimit: false,
    isPartAFile: (_field, contentType, fileName) =>
      fileName !== undefined ||
      (contentType !== undefined && !/^(text\/plain|application\/json)/.test(contentType)),
    limits: {
      fieldNameSize: 100,
      fieldSize: MAX_TEXT_BYTES,
      fileSize: MAX_IMAGE_BYTES,
      fields: 10,
      files: 4,
      parts: 14,
      headerPairs: 20,
    },
  });
  app.addHook('preValidation', async (request) => {
    if (!request.isMultipart()) return;
    const input = request.routeOptions.config.imageInput;
    if (!input) throw new AppError('media_type_unsupported');
    const limit = (input.images.length + 1) * MAX_IMAGE_BYTES;
    const announced = Number(request.headers['content-length'] ?? limit);
    if (announced > limit) {
      throw new AppError('payload_too_large', `At most ${limit} bytes are accepted here`);
    }
    const share = budget.open();
    request.onAnswered(share.release);
    const form: FormState = { body: new Map(), digests: [], onBytes: share.add, bodyIdleMs };
    request.body = await readForm(request, input, form);
  });
}

interface FormState {
  readonly body: Map<string, unknown>;
  /** Name and digest of each part: the same form sent again has the same ones, whatever its boundary. */
  readonly digests: string[];
  onBytes(count: number): void;
  readonly bodyIdleMs: number;
}

async function readForm(
  request: FastifyRequest,
  input: ImageInput,
  form: FormState,
): Promise<object> {
  try {
    for await (const part of withoutStalls(request.parts(), form.bodyIdleMs)) {
      await readPart(part, input, form);
    }
  } catch (error) {
    throw error instanceof AppError ? error : refusalOf(error);
  }
  request.bodySha256 = createHash('sha256').update(form.digests.sort().join('\n')).digest('hex');
  return Object.fromEntries(form.body);
}

async function readPart(part: Multipart, input: ImageInput, form: FormState): Promise<void> {
  const name = part.fieldname ?? '';
  if (form.body.has(name)) throw invalid(name, 'is sent twice; send each image and option once');
  if (part.type === 'field') {
    if (input.images.includes(name)) {
      throw invalid(
        name,
        'must be a file part (curl: `-F name=@file.jpg`), or base64 in a JSON body',
      );
    }
    if (part.valueTruncated) throw invalid(name, `is longer than ${MAX_TEXT_BYTES} bytes`);
    const text = String(part.value);
    form.body.set(name, input.numbers?.includes(name) ? toNumber(text) : text);
    form.digests.push(`${name}=${createHash('sha256').update(text).digest('hex')}`);
    return;
  }
  if (!input.images.includes(name)) {
    throw invalid(name, `is not known here; images are ${input.images.join(', ')}`);
  }
  const { bytes, sha256 } = await readFile(part, name, form);
  form.body.set(name, { bytes });
  form.digests.push(`${name}=${sha256}`);
}

async function readFile(part: MultipartFile, name: string, form: FormState) {
  const chunks: Buffer[] = [];
  const hash = createHash('sha256');
  for await (const chunk of withoutStalls<Buffer>(part.file, form.bodyIdleMs)) {
    form.onBytes(chunk.length);
    hash.update(chunk);
    chunks.push(chunk);
  }
  if (part.file.truncated) {
    throw new AppError(
      'image_too_large',
      `\`${name}\`: at most ${MAX_IMAGE_BYTES} bytes are accepted`,
    );
  }
  return { bytes: new Uint8Array(Buffer.concat(chunks)), sha256: hash.digest('hex') };
}

/** Text that is no number stays text: the schema says what it expects. */
function toNumber(text: string): number | string {
  return /^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function invalid(name: string, detail: string): AppError {
  return new AppError('validation_failed', undefined, {
    errors: [
      { pointer: `/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`, detail },
    ],
  });
}

/** The parser's own refusals: limits are told apart, everything else is a broken form. */
function refusalOf(error: unknown): AppError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/LIMIT/.test(code)) {
    return new AppError('request_rejected', 'The form has too many parts', { cause: error });
  }
  return new AppError('request_rejected', 'The form is not valid multipart/form-data', {
    cause: error,
  });
}
