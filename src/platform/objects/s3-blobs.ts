import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { AppError } from '../../core/errors.ts';
import type { ByteRange } from '../../core/objects.ts';
import type { BlobPart, BlobStore } from './blobs.ts';
import type { S3Location } from './object-store-url.ts';

/** Larger blobs go up in parts of this size (S3 asks for at least 5 MiB); one part is held in memory per write. */
const PART_BYTES = 8 * 1024 * 1024;

export interface S3BlobsOptions {
  /** Without them: as the AWS SDK finds them (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, roles). */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
}

export function createS3Blobs(location: S3Location, options: S3BlobsOptions = {}): BlobStore {
  const bucket = location.bucket;
  const client = new S3Client({
    region: location.region,
    // The newer default checksums are trailers that many compatible servers store as part of the object.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(location.endpoint !== undefined && { endpoint: location.endpoint, forcePathStyle: true }),
    ...options,
  });
  const target = (key: string) => ({ Bucket: bucket, Key: location.prefix + key });
  return {
    async write(key, body) {
      const parts = inParts(body);
      const first = await parts.next();
      const second = await parts.next();
      if (second.done) {
        await ask(
          client.send(
            new PutObjectCommand({ ...target(key), Body: first.value ?? Buffer.alloc(0) }),
          ),
        );
        return;
      }
      await writeInParts(client, target(key), joined([first.value, second.value], parts));
    },

    read: (key, range) => readPart(client, target(key), range),

    async remove(key) {
      const found = await ask(client.send(new HeadObjectCommand(target(key)))).catch(ifMissing);
      if (!found) return false;
      await ask(client.send(new DeleteObjectCommand(target(key))));
      return true;
    },

    list: () => listBlobs(client, location),

    collectLeftovers: (before) => abortUploads(client, location, before),
  };
}

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

async function writeInParts(
  client: S3Client,
  target: Target,
  parts: AsyncIterable<Buffer>,
): Promise<void> {
  const { UploadId } = await ask(client.send(new CreateMultipartUploadCommand(target)));
  const upload = { ...target, UploadId };
  try {
    const done: { ETag: string | undefined; PartNumber: number }[] = [];
    for await (const Body of parts) {
      const PartNumber = done.length + 1;
      const { ETag } = await ask(
        client.send(new UploadPartCommand({ ...upload, PartNumber, Body })),
      );
      done.push({ ETag, PartNumber });
    }
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      MultipartUpload: { Parts: done },
    });
    await ask(client.send(complete));
  } catch (error) {
    // If this fails too, collectLeftovers finds it; the first failure is the one to report.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function readPart(
  client: S3Client,
  target: Target,
  { start, end }: ByteRange,
): Promise<BlobPart | undefined> {
  const Range = `bytes=${start}-${end - 1}`;
  const command = new GetObjectCommand({ ...target, Range });
  const reply = await ask(client.send(command)).catch((error: unknown) => {
    // S3 refuses ranges of an empty object; files simply have nothing there.
    if (isS3Error(error, 'InvalidRange')) return { ContentLength: 0, Body: nothing() };
    return ifMissing(error);
  });
  if (!reply) return undefined;
  const range = 'ContentRange' in reply ? reply.ContentRange : undefined;
  const size = Number(range?.split('/')[1] ?? reply.ContentLength);
  const body = reply.Body;
  if (!body || !Number.isSafeInteger(size) || !(Symbol.asyncIterator in body)) {
    throw new AppError('storage_unavailable', 'The S3 server answered without length or content');
  }
  return { size, body: readAll(body as AsyncIterable<Uint8Array>) };
}

async function* readAll(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new AppError('storage_unavailable', undefined, { cause: error });
  }
}

async function* listBlobs(client: S3Client, { bucket, prefix }: S3Location) {
  let ContinuationToken: string | undefined;
  do {
    const page = await ask(
      client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken })),
    );
    for (const { Key, LastModified } of page.Contents ?? []) {
      if (Key && LastModified) yield { key: Key.slice(prefix.length), storedAt: LastModified };
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
}

async function abortUploads(
  client: S3Client,
  { bucket, prefix }: S3Location,
  before: Date,
): Promise<number> {
  let aborted = 0;
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const query = { Bucket: bucket, Prefix: prefix, ...marker };
    const page = await ask(client.send(new ListMultipartUploadsCommand(query)));
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (!Initiated || Initiated >= before) continue;
      await ask(client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId })));
      aborted += 1;
    }
    if (!page.IsTruncated) return aborted;
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}

/** Maps the SDK's failures; what the body's source throws is not one of them and passes as it is. */
async function ask<Reply>(request: Promise<Reply>): Promise<Reply> {
  try {
    return await request;
  } catch (error) {
    const isFull =
      error instanceof S3ServiceException &&
      (error.$metadata.httpStatusCode === 507 || /quota|storagefull/i.test(error.name));
    if (isFull) throw new AppError('storage_full', undefined, { cause: error });
    throw new AppError('storage_unavailable', undefined, { cause: error });
  }
}

function ifMissing(error: unknown): undefined {
  if (!isS3Error(error, 'NoSuchKey', 'NotFound')) throw error;
  return undefined;
}

function isS3Error(error: unknown, ...names: string[]): boolean {
  const cause = error instanceof AppError ? error.cause : undefined;
  return cause instanceof S3ServiceException && names.includes(cause.name);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* inParts(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length < PART_BYTES) continue;
    yield Buffer.concat(chunks);
    chunks = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(chunks);
}

async function* joined<Item>(first: Item[], rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
}
