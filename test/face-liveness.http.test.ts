import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFaceLivenessSessionCommand,
  type CreateFaceLivenessSessionRequest,
  GetFaceLivenessSessionResultsCommand,
  type GetFaceLivenessSessionResultsResponse,
  RekognitionClient,
} from '@aws-sdk/client-rekognition';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS_REGION } from '../src/app/server.ts';
import type { SessionId, TenantId } from '../src/core/ids.ts';
import { applyEvent, type SessionEvent } from '../src/features/sessions/index.ts';
import type { IssuedAwsKey } from '../src/features/tenants/index.ts';
import { withTenant } from '../src/platform/db/transaction.ts';
import { openPerformer } from './support/answer-challenge.ts';
import { type StartedPlatform, startPlatformProcess } from './support/platform.ts';
import { type Service, startService } from './support/service.ts';
import { describeWithShared } from './support/shared.ts';

/** CreateFaceLivenessSession and GetFaceLivenessSessionResults with the official SDK. */
interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const clientOf = (endpoint: string, credentials: AwsKey) =>
  new RekognitionClient({ region: AWS_REGION, endpoint, credentials });
const create = async (client: RekognitionClient, request: CreateFaceLivenessSessionRequest = {}) =>
  (await client.send(new CreateFaceLivenessSessionCommand(request))).SessionId ?? '';
const results = (client: RekognitionClient, SessionId: string) =>
  client.send(new GetFaceLivenessSessionResultsCommand({ SessionId }));

describe('a session that nobody records', () => {
  let service: Service;
  let tenant: TenantId;
  let key: IssuedAwsKey;
  let apiKey: string;
  let client: RekognitionClient;

  beforeAll(async () => {
    service = await startService();
    tenant = await service.newTenant('acme');
    key = await service.newAwsKey(tenant);
    apiKey = await service.newApiKey(tenant);
    client = clientOf(`${service.url}/aws/rekognition`, key);
  });
  afterAll(() => service.close());

  async function link(id: string) {
    const reply = await fetch(`${service.url}/compat/face-liveness/${id}/link`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
    });
    return { status: reply.status, json: (await reply.json()) as Record<string, string> };
  }

  /** What happens to the session behind it. */
  async function happen(id: string, event: SessionEvent) {
    const session = (await link(id)).json.session_id as SessionId;
    const deps = { db: service.db, publish: async () => undefined };
    await applyEvent(deps, tenant, session, randomUUID(), { event });
  }

  it('is CREATED, then IN_PROGRESS, and EXPIRED when nothing comes', async () => {
    const id = await create(client, { Settings: { AuditImagesLimit: 4 } });
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await results(client, id)).toMatchObject({ SessionId: id, Status: 'CREATED' });
    await happen(id, { type: 'opened', at: Date.now() });
    await happen(id, { type: 'started', at: Date.now() });
    const running = await results(client, id);
    expect(running.Status).toBe('IN_PROGRESS');
    expect(running.Confidence).toBeUndefined();
    await happen(id, { type: 'timer_fired', timer: 'idle', at: Date.now() + 601_000 });
    expect((await results(client, id)).Status).toBe('EXPIRED');
  });

  it('is the same session for the same token, and refused with other settings', async () => {
    const request = { ClientRequestToken: 'order-4711', Settings: { AuditImagesLimit: 2 } };
    const ids = await Promise.all([1, 2, 3].map(() => create(client, request)));
    expect(new Set(ids).size).toBe(1);
    expect(await create(client)).not.toBe(await create(client));
    await expect(
      create(client, { ...request, Settings: { AuditImagesLimit: 3 } }),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    const stranger = await service.newAwsKey(await service.newTenant('same token'));
    const theirs = clientOf(`${service.url}/aws/rekognition`, stranger);
    expect(await create(theirs, request)).not.toBe(ids[0]);
  });

  it('has a capture link of its own', async () => {
    const id = await create(client);
    const { status, json } = await link(id);
    expect(status).toBe(201);
    expect(json.url).toMatch(new RegExp(`/verify/${json.session_id}#.{40,}$`));
    expect((await link(randomUUID())).status).toBe(404);
  });

  it('is not found alike when it is unknown, foreign or too old', async () => {
    const stranger = await service.newAwsKey(await service.newTenant('stranger'));
    const [mine, old] = [await create(client), await create(client)];
    await withTenant(service.db, tenant, (tx) =>
      tx
        .updateTable('face_liveness_session')
        .set({ created_at: new Date(Date.now() - 25 * 3_600_000) })
        .where('id', '=', old)
        .execute(),
    );
    const foreign = clientOf(`${service.url}/aws/rekognition`, stranger);
    const refusals = await Promise.all(
      [results(client, randomUUID()), results(foreign, mine), results(client, old)].map((sent) =>
        sent.then(
          () => 'an answer',
          ({ name, message, $metadata }) => `${$metadata.httpStatusCode} ${name}: ${message}`,
        ),
      ),
    );
    expect(new Set(refusals).size).toBe(1);
    expect(refusals[0]).toMatch(/^400 SessionNotFoundException: /);
  });

  it.each<[string, CreateFaceLivenessSessionRequest]>([
    ['five audit images', { Settings: { AuditImagesLimit: 5 } }],
    ['a bucket that cannot be', { Settings: { OutputConfig: { S3Bucket: 'No Bucket' } } }],
    ['a token with spaces', { ClientRequestToken: 'a b' }],
    [
      'a prefix that climbs',
      { Settings: { OutputConfig: { S3Bucket: 'liveness', S3KeyPrefix: 'a\nb' } } },
    ],
  ])('is refused with %s', async (_what, request) => {
    await expect(create(client, request)).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('needs a key that may', async () => {
    const objectsOnly = await service.newAwsKey(tenant, ['objects']);
    await expect(
      create(clientOf(`${service.url}/aws/rekognition`, objectsOnly)),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describeWithShared('a session on a running platform', () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'bf-')), 'data');
  let platform: StartedPlatform;
  let client: RekognitionClient;
  let apiKey: string;
  let performer: Awaited<ReturnType<typeof openPerformer>>;

  beforeAll(async () => {
    performer = await openPerformer();
    platform = await startPlatformProcess({ DATA_DIR: dataDir, VISION_PROCESSES: '1' });
    const credentials = JSON.parse(readFileSync(join(dataDir, 'credentials.json'), 'utf8'));
    apiKey = credentials.api_key;
    const { endpoint, access_key_id, secret_access_key } = credentials.aws;
    client = clientOf(endpoint, { accessKeyId: access_key_id, secretAccessKey: secret_access_key });
  });
  afterAll(async () => {
    await platform?.stop('SIGKILL').catch(() => undefined);
    rmSync(join(dataDir, '..'), { recursive: true, force: true });
  });

  const call = (method: string, path: string) =>
    fetch(`${platform.url}${path}`, { method, headers: { authorization: `Bearer ${apiKey}` } });

  async function perform(id: string, species: string, seed: number) {
    const reply = await call('POST', `/compat/face-liveness/${id}/link`);
    const { url } = (await reply.json()) as { url: string };
    await performer.answer(platform.url, url, species, seed);
    let answer: GetFaceLivenessSessionResultsResponse;
    do {
      await new Promise((resolve) => setTimeout(resolve, 300));
      answer = await results(client, id);
    } while (answer.Status === 'CREATED' || answer.Status === 'IN_PROGRESS');
    return answer;
  }

  it('gives an honest recording confidence and pictures', async () => {
    const id = await create(client, { Settings: { AuditImagesLimit: 3 } });
    const answer = await perform(id, 'plain', 11);
    expect(answer.Status).toBe('SUCCEEDED');
    expect(answer.Confidence).toBeGreaterThanOrEqual(50);
    expect(answer.Challenge?.Type).toBe('FaceMovementAndLightChallenge');
    expect(answer.AuditImages).toHaveLength(3);
    for (const image of [answer.ReferenceImage, ...(answer.AuditImages ?? [])]) {
      expect(Buffer.from(image?.Bytes ?? []).subarray(0, 3)).toEqual(Buffer.from([255, 216, 255]));
      expect(image?.Bytes?.length).toBeLessThanOrEqual(204_800);
      const { Left = -1, Top = -1, Width = 0, Height = 0 } = image?.BoundingBox ?? {};
      expect(Left >= 0 && Top >= 0 && Left + Width <= 1 && Top + Height <= 1).toBe(true);
      expect(Width * Height).toBeGreaterThan(0.02);
    }
  });

  it('gives a print a low confidence, and puts its pictures where they are wanted', async () => {
    const output = { S3Bucket: 'liveness', S3KeyPrefix: 'november' };
    const id = await create(client, { Settings: { OutputConfig: output, AuditImagesLimit: 1 } });
    const answer = await perform(id, 'print_flat', 14);
    expect(answer.Status).toBe('SUCCEEDED');
    expect(answer.Confidence).toBeLessThan(50);
    expect(answer.ReferenceImage?.Bytes).toBeUndefined();
    expect(answer.ReferenceImage?.S3Object).toEqual({
      Bucket: 'liveness',
      Name: `november/${id}/reference.jpg`,
    });
    const listed = await (await call('GET', '/v1/objects/liveness')).json();
    expect(JSON.stringify(listed)).toContain(`november/${id}/audit-image-1.jpg`);
  });
});
