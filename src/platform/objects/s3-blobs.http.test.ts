import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ContractParts,
  newOwner,
  objectStoreContract,
  readAll,
} from '../../../test/support/object-store-contract.ts';
import { describeWithSwift, type Swift, startSwift } from '../../../test/support/swift.ts';
import { openKeys } from '../keys/keys.ts';
import type { SubjectKeys } from '../keys/subject-keys.ts';
import { createObjectStore } from './object-store.ts';
import { parseObjectStoreUrl } from './object-store-url.ts';
import { openObjectStore } from './open-object-store.ts';
import { createS3Blobs } from './s3-blobs.ts';

let directory: string;
let keys: SubjectKeys;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 's3-keys-'));
  keys = (await openKeys({ directory })).subjects;
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describeWithSwift('objects in S3', () => {
  let swift: Swift;
  let parts: ContractParts;
  beforeAll(async () => {
    swift = await startSwift();
    const blobs = createS3Blobs(parseObjectStoreUrl(swift.url), { credentials: swift.credentials });
    parts = { blobs, keys, store: createObjectStore(blobs, keys) };
  });
  afterAll(() => swift?.close());

  objectStoreContract(() => parts);

  it('are refused with a wrong secret, for reading and writing', async () => {
    const owner = newOwner();
    const { id } = await parts.store.put(randomBytes(10), owner);
    const credentials = { ...swift.credentials, secretAccessKey: 'wrong' };
    const store = openObjectStore({ url: swift.url, directory, keys, credentials });
    const refused = { code: 'storage_unavailable' };
    await expect(store.put(randomBytes(10), owner)).rejects.toMatchObject(refused);
    await expect(store.info(owner.tenant, id)).rejects.toMatchObject(refused);
    await expect(readAll(store.get(owner.tenant, id))).rejects.toMatchObject(refused);
    await expect(store.delete(owner.tenant, id)).rejects.toMatchObject(refused);
  });

  it('leave no half multipart upload behind for ever', async () => {
    const { bucket, endpoint, credentials } = swift;
    const client = new S3Client({
      endpoint,
      credentials,
      region: 'us-east-1',
      forcePathStyle: true,
    });
    const target = { Bucket: bucket, Key: 'some/prefix/ten_x/aa/obj_x' };
    await client.send(new CreateMultipartUploadCommand(target));
    expect(await parts.store.collectLeftovers(new Date(Date.now() - 3_600_000))).toBe(0);
    expect(await parts.store.collectLeftovers(new Date(Date.now() + 3_600_000))).toBe(1);
    expect(await parts.store.collectLeftovers(new Date(Date.now() + 3_600_000))).toBe(0);
  });
});

describe('an S3 server in trouble', () => {
  const owner = newOwner();
  const putAgainst = async (status: number, body: string) => {
    const server = createServer((request, reply) => {
      request.resume().on('end', () => reply.writeHead(status).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const url = `s3://bucket?endpoint=http://127.0.0.1:${port}`;
    try {
      const store = openObjectStore({ url, directory, keys, credentials });
      return await store.put(randomBytes(10), owner);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it('that is full says so', async () => {
    const body = '<Error><Code>QuotaExceeded</Code><Message>full</Message></Error>';
    await expect(putAgainst(403, body)).rejects.toMatchObject({ code: 'storage_full' });
    await expect(putAgainst(507, '')).rejects.toMatchObject({ code: 'storage_full' });
  });

  it('that answers nonsense is unavailable', async () => {
    await expect(putAgainst(418, 'nonsense')).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });
});
