import { createHash } from 'node:crypto';
import {
  CompareFacesCommand,
  DetectFacesCommand,
  ListCollectionsCommand,
  RekognitionClient,
  type RekognitionClientConfig,
} from '@aws-sdk/client-rekognition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AWS_REGION } from '../src/app/server.ts';
import { sign } from '../src/features/rekognition/sigv4.ts';
import type { IssuedAwsKey } from '../src/features/tenants/index.ts';
import { crowd, photograph } from './support/photographs.ts';
import { type Service, startService } from './support/service.ts';

let service: Service;
let key: IssuedAwsKey;
let apiKey: string;

beforeAll(async () => {
  service = await startService({ vision: true, parts: { rate: { perSecond: 1, burst: 40 } } });
  const tenant = await service.newTenant('aws');
  key = await service.newAwsKey(tenant);
  apiKey = await service.newApiKey(tenant);
});
afterAll(() => service.close());

function client({ accessKeyId, secretAccessKey } = key, more: RekognitionClientConfig = {}) {
  return new RekognitionClient({
    region: AWS_REGION,
    endpoint: `${service.url}/aws/rekognition`,
    credentials: { accessKeyId, secretAccessKey },
    ...more,
  });
}

const compare = (source: Uint8Array, target: Uint8Array, more = {}) =>
  new CompareFacesCommand({
    SourceImage: { Bytes: source },
    TargetImage: { Bytes: target },
    ...more,
  });
const detect = (bytes: Uint8Array, more = {}) =>
  new DetectFacesCommand({ Image: { Bytes: bytes }, ...more });
const plain = (side: number) =>
  sharp({ create: { width: side, height: side, channels: 3, background: '#888' } })
    .jpeg()
    .toBuffer();

describe('the official AWS SDK', () => {
  it('compares faces', async () => {
    const answer = await client().send(compare(photograph(1), photograph(1)));
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const [match] = answer.FaceMatches ?? [];
    expect(match?.Similarity).toBeGreaterThan(99);
    const {
      Left = -1,
      Top = -1,
      Width = 2,
      Height = 2,
    } = answer.SourceImageFace?.BoundingBox ?? {};
    expect(Left >= 0 && Top >= 0 && Left + Width <= 1 && Top + Height <= 1).toBe(true);
    expect(match?.Face?.Landmarks?.map(({ Type }) => Type).sort()).toEqual(
      ['eyeLeft', 'eyeRight', 'mouthLeft', 'mouthRight', 'nose'].sort(),
    );
    expect(match?.Face?.Quality?.Sharpness).toBeGreaterThan(0);
  });

  it('moves faces from matches to unmatched with the threshold', async () => {
    const all = await client().send(
      compare(photograph(1), photograph(6), { SimilarityThreshold: 0 }),
    );
    const none = await client().send(
      compare(photograph(1), photograph(6), { SimilarityThreshold: 100 }),
    );
    const similarities = all.FaceMatches?.map(({ Similarity = 0 }) => Similarity) ?? [];
    expect(similarities.length).toBeGreaterThan(1);
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a));
    expect(none.FaceMatches).toEqual([]);
    expect(none.UnmatchedFaces).toHaveLength(similarities.length);
  });

  it('detects faces with thirty landmarks and, on request, an age range', async () => {
    const { FaceDetails: [face] = [] } = await client().send(
      detect(photograph(1), { Attributes: ['ALL'] }),
    );
    expect(face?.Landmarks).toHaveLength(30);
    expect(face?.AgeRange?.Low).toBeLessThan(face?.AgeRange?.High ?? 0);
    expect(face?.Emotions).toBeUndefined();
    const { FaceDetails: [plainFace] = [] } = await client().send(detect(photograph(1)));
    expect(plainFace?.AgeRange).toBeUndefined();
  });

  it('finds 100 faces in a crowd, and none on a grey picture', async () => {
    const [first] = (await client().send(detect(photograph(1)))).FaceDetails ?? [];
    const { width = 0, height = 0 } = await sharp(photograph(1)).metadata();
    const { Left = 0, Top = 0, Width = 0, Height = 0 } = first?.BoundingBox ?? {};
    const face = await sharp(photograph(1))
      .extract({
        left: Math.round((Left - Width * 0.4) * width),
        top: Math.round((Top - Height * 0.4) * height),
        width: Math.round(Width * 1.8 * width),
        height: Math.round(Height * 1.8 * height),
      })
      .toBuffer();
    const answer = await client().send(detect(await crowd(face, 100)));
    expect(answer.FaceDetails).toHaveLength(100);
    expect((await client().send(detect(await plain(300)))).FaceDetails).toEqual([]);
  });

  it.each([
    [
      '5 MB + 1 byte',
      () => detect(Buffer.concat([photograph(1)], 5_242_881)),
      'ImageTooLargeException',
    ],
    [
      'far more than 5 MB',
      () => detect(Buffer.concat([photograph(1)], 20_000_000)),
      'ImageTooLargeException',
    ],
    ['a text file', () => detect(Buffer.from('no picture at all')), 'InvalidImageFormatException'],
    [
      'a WebP file',
      async () => detect(await sharp(photograph(1)).webp().toBuffer()),
      'InvalidImageFormatException',
    ],
    [
      'a cut-off JPEG',
      () => detect(photograph(1).subarray(0, 3_000)),
      'InvalidImageFormatException',
    ],
    ['79 × 79 pixels', async () => detect(await plain(79)), 'InvalidParameterException'],
    [
      'no face in the source',
      async () => compare(await plain(200), photograph(1)),
      'InvalidParameterException',
    ],
    ['no image', () => new DetectFacesCommand({ Image: {} }), 'InvalidParameterException'],
    [
      'two images at once',
      () =>
        new DetectFacesCommand({
          Image: { Bytes: photograph(1), S3Object: { Bucket: 'a', Name: 'b' } },
        }),
      'InvalidParameterException',
    ],
    [
      'an absurd threshold',
      () => compare(photograph(1), photograph(1), { SimilarityThreshold: 101 }),
      'InvalidParameterException',
    ],
    [
      'an unknown attribute',
      () => detect(photograph(1), { Attributes: ['SOUL'] }),
      'InvalidParameterException',
    ],
    [
      'an operation that is not here',
      () => new ListCollectionsCommand({}),
      'UnknownOperationException',
    ],
  ])('sees %s refused', async (_what, command, name) => {
    // The commands differ in their types; what is tested is the same.
    const sent = client().send((await command()) as DetectFacesCommand);
    await expect(sent).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });

  it('cannot get in without the right secret, with an unknown key, or for another region', async () => {
    const wrong = { ...key, secretAccessKey: `${key.secretAccessKey.slice(0, -1)}!` };
    await expect(client(wrong).send(detect(photograph(1)))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    const unknown = { ...key, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' };
    await expect(client(unknown).send(detect(photograph(1)))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
    await expect(
      client(key, { region: 'us-east-1' }).send(detect(photograph(1))),
    ).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('is told that its key may not do this', async () => {
    const tenant = await service.newTenant('no faces');
    const objectsOnly = await service.newAwsKey(tenant, ['objects']);
    await expect(client(objectsOnly).send(detect(photograph(1)))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('mends a wrong clock by itself', async () => {
    const late = client(key, { systemClockOffset: -3_600_000 });
    const answer = await late.send(detect(await plain(200)));
    expect(answer.$metadata.attempts).toBe(2);
  });

  it("reads S3Object from the tenant's own objects only", async () => {
    const put = await fetch(`${service.url}/v1/objects/selfies/jane%2F1.jpg`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'image/jpeg' },
      body: new Uint8Array(photograph(1)),
    });
    expect(put.status).toBe(200);
    const named = new DetectFacesCommand({
      Image: { S3Object: { Bucket: 'selfies', Name: 'jane/1.jpg' } },
    });
    expect((await client().send(named)).FaceDetails?.length).toBeGreaterThan(0);
    const stranger = await service.newAwsKey(await service.newTenant('stranger'));
    await expect(client(stranger).send(named)).rejects.toMatchObject({
      name: 'InvalidS3ObjectException',
    });
    const missing = new DetectFacesCommand({
      Image: { S3Object: { Bucket: 'selfies', Name: 'x' } },
    });
    await expect(client().send(missing)).rejects.toMatchObject({
      name: 'InvalidS3ObjectException',
    });
  });

  it('is throttled with its own error class, and tries again by itself', async () => {
    const greedy = await service.newAwsKey(await service.newTenant('greedy'));
    const image = await plain(100);
    // Refused at once, but counted: the bucket is empty before it flows back.
    const cheap = new DetectFacesCommand({ Image: {} });
    const once = client(greedy, { maxAttempts: 1 });
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => once.send(cheap)));
    const names = results.map((result) => result.status === 'rejected' && result.reason.name);
    expect(new Set(names)).toEqual(new Set(['InvalidParameterException', 'ThrottlingException']));
    const patient = await client(greedy, { maxAttempts: 6 }).send(detect(image));
    expect(patient.$metadata.attempts).toBeGreaterThan(1);
  });
});

describe('an ID and a selfie', () => {
  /** A card with the largest face of a photograph on it. */
  async function card(): Promise<Buffer> {
    const [face] = (await client().send(detect(photograph(1)))).FaceDetails ?? [];
    const { Left = 0, Top = 0, Width = 1, Height = 1 } = face?.BoundingBox ?? {};
    const { width, height } = await sharp(photograph(1)).metadata();
    const portrait = await sharp(photograph(1))
      .extract({
        left: Math.round(Math.max(0, Left - 0.4 * Width) * width),
        top: Math.round(Math.max(0, Top - 0.4 * Height) * height),
        width: Math.round(1.8 * Width * width),
        height: Math.round(1.8 * Height * height),
      })
      .resize(260)
      .toBuffer();
    return sharp({ create: { width: 1000, height: 630, channels: 3, background: '#cfd8e0' } })
      .composite([{ input: portrait, left: 60, top: 170 }])
      .jpeg()
      .toBuffer();
  }

  it('match however the document lies', async () => {
    const upright = await card();
    for (const angle of [0, 90, 180, 270]) {
      const dl = (await sharp(upright).rotate(angle).jpeg().toBuffer()).toString('base64');
      const reply = await fetch(`${service.url}/compat/id-selfie`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ dl, selfie: photograph(1).toString('base64') }),
      });
      const answer = (await reply.json()) as { similarity: number; match: boolean };
      expect({ angle, status: reply.status, match: answer.match }).toEqual({
        angle,
        status: 200,
        match: true,
      });
      expect(answer.similarity).toBeGreaterThan(95);
    }
  });
});

describe('by hand', () => {
  const body = '{}';
  const sha256 = createHash('sha256').update(body).digest('hex');

  /** A request signed as it should be; `change` alters it after signing. */
  async function send(
    change: { headers?: Record<string, string>; body?: string; signedInMs?: number } = {},
  ) {
    const amzDate = new Date(Date.now() + (change.signedInMs ?? 0))
      .toISOString()
      .replace(/[-:]|\.\d+/g, '');
    const scope = `${amzDate.slice(0, 8)}/${AWS_REGION}/rekognition/aws4_request`;
    const headers = {
      host: new URL(service.url).host,
      'x-amz-date': amzDate,
      'x-amz-target': 'RekognitionService.DetectFaces',
    };
    const request = { method: 'POST', url: '/aws/rekognition/', headers, bodySha256: sha256 };
    const names = Object.keys(headers).sort();
    const signature = sign(request, names, key.secretAccessKey, amzDate, scope);
    const { host: _host, ...sent } = headers;
    const reply = await fetch(`${service.url}/aws/rekognition/`, {
      method: 'POST',
      headers: {
        ...sent,
        'content-type': 'application/x-amz-json-1.1',
        authorization: `AWS4-HMAC-SHA256 Credential=${key.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
        ...change.headers,
      },
      body: change.body ?? body,
    });
    return { status: reply.status, type: ((await reply.json()) as { __type: string }).__type };
  }

  it.each([
    ['a good signature and an empty request', {}, 'InvalidParameterException'],
    ['a tampered body', { body: '{"Image":{}}' }, 'InvalidSignatureException'],
    ['a stale date', { signedInMs: -6 * 60_000 }, 'InvalidSignatureException'],
    ['a date ahead', { signedInMs: 6 * 60_000 }, 'InvalidSignatureException'],
    [
      'another operation than signed',
      { headers: { 'x-amz-target': 'RekognitionService.CompareFaces' } },
      'InvalidSignatureException',
    ],
    [
      'a header that is not signed',
      { headers: { 'x-amz-security-token': 'x' } },
      'UnrecognizedClientException',
    ],
    ['no signature', { headers: { authorization: '' } }, 'MissingAuthenticationTokenException'],
    [
      'half a signature',
      { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=A' } },
      'IncompleteSignatureException',
    ],
    ['no JSON', { body: 'x' }, 'InvalidSignatureException'],
  ])('answers %s', async (_what, change, type) => {
    expect(await send(change)).toEqual({ status: 400, type });
  });
});
