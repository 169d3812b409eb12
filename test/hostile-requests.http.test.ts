import { afterAll, beforeAll, expect, it } from 'vitest';
import { routesOf } from '../src/http/route.ts';
import { basePictures, craftedImages, damagedFiles } from './support/hostile-images.ts';
import { attackService, hostileRequests, imagesFor } from './support/hostile-requests.ts';
import { photograph } from './support/photographs.ts';
import { type Service, startService } from './support/service.ts';

let service: Service;
let apiKey: string;

beforeAll(async () => {
  service = await startService({
    vision: true,
    parts: { limits: { requestTimeoutMs: 3_000, headersTimeoutMs: 2_000 } },
  });
  apiKey = await service.newApiKey(await service.newTenant('attacked'));
});
afterAll(() => service.close());

/** A seeded sample; `npm run hostile:http` sends thousands and watches the memory. */
it('answers every hostile request with a refusal, and none with 5xx or silence', async () => {
  const base = await basePictures();
  const images = imagesFor([], damagedFiles(base, 7));
  const paths = routesOf(service.app).map(({ method, url }) => [method, url] as const);
  const requests = hostileRequests(images, paths, 7);
  const { verdicts, unfit } = await attackService({ url: service.url, apiKey }, requests, 400);
  expect(unfit.map(({ name, status }) => `${status}: ${name}`)).toEqual([]);
  expect(verdicts).toHaveLength(400);
  // The attack reached what it was made for: both refusals and images that could still be read.
  const statuses = new Set(verdicts.map(({ status }) => status));
  for (const status of [200, 400, 401, 404, 415, 422]) expect(statuses).toContain(status);
});

it('serves an honest request afterwards', async () => {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(photograph(1))]));
  const reply = await fetch(`${service.url}/v1/faces/detect`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}` },
    body: form,
  });
  expect(reply.status).toBe(200);
});

it('refuses crafted images over HTTP', async () => {
  const crafted = (await craftedImages(await basePictures())).filter(
    ({ name }) => !/bomb|largest|too many/.test(name),
  );
  for (const { name, bytes } of crafted.slice(0, 12)) {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(bytes)]));
    const reply = await fetch(`${service.url}/v1/faces/detect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: form,
    });
    expect(reply.status, name).toBeGreaterThanOrEqual(400);
    expect(reply.status, name).toBeLessThan(500);
  }
});
