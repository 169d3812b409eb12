import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { photograph } from '../../../test/support/photographs.ts';
import { describeWithShared, sharedPath } from '../../../test/support/shared.ts';
import { startVision, type Vision } from '../../app/vision.ts';
import { cosineSimilarity } from '../../vision/tasks/embed-face.ts';
import { resolveModels } from '../models/index.ts';
import { analyseCapture } from './analyse-capture.task.ts';
import { packEmbedding, unpackEmbedding } from './embedding-file.ts';
import { readSide } from './read-side.task.ts';

let vision: Vision;
beforeAll(async () => {
  const { models } = await resolveModels({});
  vision = startVision({ processes: 1, models });
  await vision.ready();
});
afterAll(() => vision?.close());

const analyse = (bytes: Uint8Array, isVideo = false) =>
  vision.run(analyseCapture, {
    bytes,
    isVideo,
    name: 'face',
    wantsArchive: true,
    wantsLightVideo: true,
  });

it('finds the face of a photograph; its embedding survives being stored', async () => {
  const { best, frames, framesArchive } = await analyse(photograph(1));
  expect(frames).toBe(1);
  expect(framesArchive).toBeUndefined();
  if (!best) throw new Error('no face');
  expect(Buffer.from(best.jpeg.subarray(0, 2)).toString('hex')).toBe('ffd8');
  const stored = unpackEmbedding(packEmbedding(best.embedding));
  expect(cosineSimilarity(stored, best.embedding)).toBeCloseTo(1, 6);
});

it('refuses what is no picture with the name of the stream', async () => {
  await expect(analyse(Buffer.from('no picture at all'))).rejects.toMatchObject({
    code: expect.stringMatching(/^image_/),
    message: expect.stringContaining('`face`'),
  });
});

describeWithShared('real recordings and specimens', () => {
  it('give the best frame, a small archive and a light video', async () => {
    const video = readFileSync(sharedPath('data/video/bioid_nod_head.mp4'));
    const { best, frames, framesWithFace, framesArchive, lightVideo, durationMs } = await analyse(
      video,
      true,
    );
    expect(frames).toBeLessThanOrEqual(16);
    expect(framesWithFace).toBe(frames);
    expect(durationMs).toBeGreaterThan(2_000);
    expect(best?.quality.overall).toBeGreaterThan(30);
    const archive = Buffer.from(framesArchive ?? []);
    expect(archive.subarray(257, 262).toString()).toBe('ustar');
    expect(archive.length % 512).toBe(0);
    expect(Buffer.from(lightVideo ?? []).readUInt32BE(0)).toBe(0x1a45dfa3);
    const derived = archive.length + (lightVideo?.length ?? 0) + (best?.jpeg.length ?? 0);
    expect(derived).toBeLessThan(500_000);
  });

  it('are read into document data', async () => {
    const { reading } = await vision.run(readSide, {
      bytes: readFileSync(sharedPath('data/documents/images/UTO-TD2__passport_td2.jpg')),
      name: 'document_back',
      isVideo: false,
      today: '2026-11-20',
    });
    expect(reading.data).toMatchObject({
      source: 'mrz',
      document_type: 'id_card',
      issuing_country: 'UTO',
      document_number: 'D23145890',
      surname: 'ERIKSSON',
      given_names: 'ANNA MARIA',
      birth_date: '1974-08-12',
      expiry_date: '2012-04-15',
    });
    const blank = await vision.run(readSide, {
      bytes: photograph(1),
      name: 'document_back',
      isVideo: false,
      today: '2026-11-20',
    });
    expect(blank.reading.data).toBeUndefined();
  });
});
