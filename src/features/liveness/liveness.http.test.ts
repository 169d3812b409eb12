import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeClip } from '../../../test/support/clips.ts';
import { photograph } from '../../../test/support/photographs.ts';
import { type Service, startService } from '../../../test/support/service.ts';

/** `POST /v1/faces/liveness` with the default pack, which has no model for presentation attacks. */
let service: Service;
let key: string;

beforeAll(async () => {
  service = await startService({ vision: true });
  key = await service.newApiKey(await service.newTenant('acme'));
});
afterAll(() => service?.close());

async function detect(body: object | FormData, apiKey = key) {
  const isForm = body instanceof FormData;
  const reply = await fetch(`${service.url}/v1/faces/liveness`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(!isForm && { 'content-type': 'application/json' }),
    },
    body: isForm ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, compared and not computed with
  return { status: reply.status, json: (await reply.json()) as any };
}

const base64 = (bytes: Uint8Array) => ({ bytes: Buffer.from(bytes).toString('base64') });
const plain = () =>
  sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } })
    .jpeg()
    .toBuffer();

it('calls no picture live without a model, and says why', async () => {
  const { status, json } = await detect({ image: base64(photograph(1)) });
  expect(status).toBe(200);
  expect(json).toMatchObject({ verdict: 'inconclusive', score: null, threshold: 50, frames: 1 });
  expect(json.frames_with_face).toBe(1);
  expect(json.reasons).toEqual([
    expect.objectContaining({ code: 'PAD_MODEL_NOT_INSTALLED', severity: 'warning' }),
  ]);
  expect(json.models[0].sha256).toMatch(/^[0-9a-f]{64}$/);
});

it('takes a form as well, and refuses a picture of nobody', async () => {
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(await plain())], { type: 'image/jpeg' }), 'a.jpg');
  const { status, json } = await detect(form);
  expect(status).toBe(200);
  expect(json).toMatchObject({ verdict: 'not_live', score: 0, frames_with_face: 0 });
  expect(json.reasons[0]).toMatchObject({ code: 'NO_FACE_DETECTED', severity: 'error' });
});

it('looks at the frames of a video', async () => {
  const { status, json } = await detect({ video: base64(await makeClip()) });
  expect(status).toBe(200);
  expect(json.verdict).toBe('not_live');
  expect(json.frames).toBeGreaterThan(1);
});

it.each([
  ['neither a picture nor a video', async () => ({}), 400, 'validation_failed'],
  [
    'both',
    async () => ({ image: base64(await plain()), video: base64(await makeClip()) }),
    400,
    'validation_failed',
  ],
  ['a text', async () => ({ image: base64(Buffer.from('no picture')) }), 415, undefined],
  [
    'a broken video',
    async () => ({ video: base64((await makeClip()).subarray(0, 200)) }),
    422,
    undefined,
  ],
])('refuses %s', async (_what, body, status, code) => {
  const refused = await detect(await body());
  expect(refused.status, JSON.stringify(refused.json)).toBe(status);
  if (code) expect(refused.json.code).toBe(code);
  else expect(refused.json.code).toMatch(/^(image|video)_/);
});

it('is for keys with the scope `faces`', async () => {
  const other = await service.newApiKey(await service.newTenant('other'), ['objects']);
  expect((await detect({ image: base64(await plain()) }, other)).status).toBe(403);
});
