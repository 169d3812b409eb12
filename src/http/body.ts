import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';
import { createJsonParser, type JsonParser } from './json-parser.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** For routes that must look at the raw body first, as signed ones do. */
    jsonParser: JsonParser;
  }
}

export interface BodyLimits {
  /** Bytes of a JSON body without images. */
  readonly jsonBytes: number;
  /** Bytes of all bodies being received or parsed at the same time; beyond, callers are told to come again. */
  readonly totalBytes: number;
  /** Longest silence within a body. */
  readonly bodyIdleMs: number;
}

/** Bytes of all bodies under way. Kept so that many large uploads at once cannot exhaust the memory. */
export type BodyBudget = ReturnType<typeof createBodyBudget>;

export function createBodyBudget(totalBytes: number) {
  let used = 0;
  return {
    /** The share of one request: grows as its body comes in, and is given back as a whole. */
    open() {
      let mine = 0;
      return {
        /** @throws AppError service_unavailable */
        add(bytes: number): void {
          if (used + bytes > totalBytes) {
            const detail = 'Too many large uploads at once';
            throw new AppError('service_unavailable', detail, { retryAfterS: 1 });
          }
          used += bytes;
          mine += bytes;
        },
        release(): void {
          used -= mine;
          mine = 0;
        },
      };
    },
  };
}

/**
 * The same chunks, as long as they keep coming. Unlike the stream's own iterator it leaves the connection open
 * when the reader stops early, so that the refusal still reaches the caller.
 * @throws AppError request_timeout after `idleMs` of silence
 */
export async function* withoutStalls<Chunk>(
  source: AsyncIterable<Chunk>,
  idleMs: number,
): AsyncGenerator<Chunk> {
  const iterator = source[Symbol.asyncIterator]();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new AppError('request_timeout')), idleMs);
    });
    const step = await Promise.race([iterator.next(), silence]).finally(() => clearTimeout(timer));
    if (step.done) return;
    yield step.value;
  }
}

/** JSON with limits that fit the route, strict base64 in its image fields, large bodies on a worker thread. */
export function acceptJson(app: FastifyInstance, limits: BodyLimits, budget: BodyBudget): void {
  const parser = createJsonParser();
  app.decorate('jsonParser', parser);
  app.addHook('onClose', async () => parser.close());
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', refuseEncoded);
  app.addContentTypeParser(
    'application/json',
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const bytes = await receive(request, payload, limits, budget);
      if (request.routeOptions.config.rawBody) return bytes;
      if (bytes.length === 0) return undefined;
      return parser.parse(bytes, binaryFields(request));
    },
  );
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (!request.routeOptions.config.rawBody) throw new AppError('media_type_unsupported');
    return receive(request, payload, limits, budget);
  });
}

/** Decompressing for strangers would let a small body become a large one; images do not shrink anyway. */
async function refuseEncoded(request: FastifyRequest): Promise<void> {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new AppError('media_type_unsupported', 'Send the body without Content-Encoding');
}

function binaryFields(request: FastifyRequest) {
  return request.routeOptions.config.binary;
}

/** Base64 takes four bytes for three; the rest of the document gets the usual limit. */
function jsonLimit(request: FastifyRequest, limits: BodyLimits): number {
  const { rawBody } = request.routeOptions.config;
  const binary = binaryFields(request);
  if (!binary) return rawBody?.maxBytes ?? limits.jsonBytes;
  return limits.jsonBytes + binary.paths.length * Math.ceil(binary.maxBytes / 3) * 4;
}

/** Reads, counts and hashes the body as it comes; the chunks land in one buffer of the announced size. */
async function receive(
  request: FastifyRequest,
  payload: IncomingMessage,
  limits: BodyLimits,
  budget: BodyBudget,
): Promise<Uint8Array> {
  const limit = jsonLimit(request, limits);
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  if (announced > limit) throw tooLarge(limit);
  // Held until the answer is out: until then the images of the body are in memory.
  const share = budget.open();
  request.onAnswered(share.release);
  const hash = createHash('sha256');
  const into = createSink(announced);
  for await (const chunk of withoutStalls<Buffer>(payload, limits.bodyIdleMs)) {
    if (into.length() + chunk.length > limit) throw tooLarge(limit);
    share.add(chunk.length);
    hash.update(chunk);
    into.add(chunk);
  }
  if (!Number.isNaN(announced) && into.length() !== announced) {
    throw new AppError('request_rejected', 'The body is shorter than its Content-Length');
  }
  request.bodySha256 = hash.digest('hex');
  return into.bytes();
}

/** One buffer of the announced size, or a list of chunks where the size is not announced. */
function createSink(announced: number) {
  const whole = Number.isNaN(announced) ? undefined : new Uint8Array(announced);
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    length: () => length,
    add(chunk: Buffer): void {
      if (whole) whole.set(chunk, length);
      else chunks.push(chunk);
      length += chunk.length;
    },
    bytes: (): Uint8Array => whole ?? new Uint8Array(Buffer.concat(chunks)),
  };
}

function tooLarge(limit: number): AppError {
  return new AppError('payload_too_large', `At most ${limit} bytes are accepted here`);
}
