import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasPostgres, startPostgres, type TestCluster } from '../../../test/support/postgres.ts';
import { examineDatabase, examineObjects } from './doctor-store.ts';

const dataDir = '/nowhere/data';

describe.skipIf(!hasPostgres)('doctor on a PostgreSQL of your own', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startPostgres();
  });
  afterAll(() => cluster?.stop());
  const examine = (url: string) => examineDatabase({ dataDir, database: { url } });

  it('is content with one that answers', async () => {
    expect(await examine(cluster.url('postgres'))).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/^PostgreSQL \d+/),
    });
  });

  it('says which part of the address is wrong, and shows no password', async () => {
    expect(await examine(cluster.url('none'))).toMatchObject({
      status: 'problem',
      found: 'the database server knows no such database (3D000)',
    });
    const findings = await Promise.all([
      examine(cluster.url('postgres', 'jane:hunter2')),
      examine('postgres://jane:hunter2@127.0.0.1:1/none'),
    ]);
    expect(findings).toMatchObject([
      { status: 'problem', found: 'the database server refuses the user (28000)' },
      { status: 'problem', found: expect.stringContaining('(ECONNREFUSED)') },
    ]);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});

describe('doctor on objects in S3', () => {
  const examineAnswer = async (status: number, body: string) => {
    const server = createServer((request, reply) => {
      request.resume().on('end', () => reply.writeHead(status).end(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `s3://selfies?endpoint=http://127.0.0.1:${port}`;
    const objects = { url, accessKeyId: 'key', secretAccessKey: 'hunter2' };
    try {
      return await examineObjects({ dataDir, objects });
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it('is content with a bucket that lists', async () => {
    expect(await examineAnswer(200, '<ListBucketResult/>')).toMatchObject({
      status: 'ok',
      found: 'bucket selfies answers',
    });
  });

  it('tells a wrong secret and a missing bucket apart', async () => {
    for (const code of ['SignatureDoesNotMatch', 'NoSuchBucket']) {
      const finding = await examineAnswer(403, `<Error><Code>${code}</Code></Error>`);
      expect(finding).toMatchObject({ status: 'problem', found: expect.stringContaining(code) });
      expect(JSON.stringify(finding)).not.toContain('hunter2');
    }
  });
});

it('says where data lies when nothing is configured', async () => {
  const objects = { url: undefined, accessKeyId: undefined, secretAccessKey: undefined };
  expect([
    await examineDatabase({ dataDir, database: { url: undefined } }),
    await examineObjects({ dataDir, objects }),
  ]).toMatchObject([
    { status: 'ok', found: 'embedded, /nowhere/data/database, made at the first start' },
    { status: 'ok', found: 'files in /nowhere/data/objects' },
  ]);
});
