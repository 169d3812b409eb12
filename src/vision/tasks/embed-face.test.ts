import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../../core/image.ts';
import type { InferenceSession, ModelInputSpec } from '../../core/model.ts';
import { createPyramid } from '../image/pyramid.ts';
import { flipHorizontal } from '../image/warp.ts';
import { alignFace, alignments } from './align-face.ts';
import { dlibChip } from './dlib-shape.ts';
import { cosineSimilarity, embedFace, type FaceEmbedding } from './embed-face.ts';
import { readAge } from './estimate-age.ts';

const SIDE = 150;
const spec: ModelInputSpec = {
  shape: ['N', 3, SIDE, SIDE],
  order: 'RGB',
  layout: 'NCHW',
  mean: [0, 0, 0],
  std: [1, 1, 1],
  align: 'dlib-150',
};
const picture: RgbImage = {
  data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 37) % 251),
  width: SIDE,
  height: SIDE,
};
/** A face that already lies where dlib wants it. */
const points = new Float32Array(468 * 3);
for (const { mesh, at } of dlibChip)
  for (const i of mesh) points.set([at.x * SIDE, at.y * SIDE], i * 3);
const face = { detection: { x: 50, y: 50, width: 40, height: 40 }, points };

describe('alignFace', () => {
  it('leaves a face as it is that already lies in place', () => {
    const chip = alignFace(createPyramid(picture), face, spec);
    const difference = chip.data.map((value, i) => Math.abs(value - (picture.data[i] ?? 0)));
    expect(Math.max(...difference.subarray(SIDE * 3 * 2, -SIDE * 3 * 2))).toBeLessThanOrEqual(1);
  });

  it('knows every name that it lists, and no other', () => {
    for (const align of alignments) {
      const side = Number(/-(\d+)$/.exec(align)?.[1] ?? 80);
      const shape = [1, 3, Math.round(side), Math.round(side)];
      const size = align.startsWith('box') ? [1, 3, 80, 80] : shape;
      const chip = alignFace(createPyramid(picture), face, { ...spec, align, shape: size });
      expect(chip.width, align).toBe(size[3]);
    }
    expect(() => alignFace(createPyramid(picture), face, { ...spec, align: 'other' })).toThrow(
      RangeError,
    );
  });

  it('moves a wide crop into the picture instead of filling up with black', () => {
    const white = { ...picture, data: new Uint8Array(picture.data.length).fill(255) };
    const corner = { ...face, detection: { x: 0, y: 100, width: 40, height: 50 } };
    const input = { ...spec, shape: [1, 3, 80, 80], align: 'box-4.0' };
    const chip = alignFace(createPyramid(white), corner, input);
    expect(Math.min(...chip.data)).toBe(255);
  });
});

/** Answers for each picture of the batch its first two red bytes. */
function fakeSession(batch: number | string): InferenceSession {
  return {
    role: 'face-embedding',
    model: { name: 'fake', version: '1', sha256: 'f'.repeat(64) },
    input: { ...spec, shape: [batch, 3, SIDE, SIDE] },
    inputNames: ['in'],
    outputNames: ['out'],
    async run({ in: input }) {
      const n = input?.shape[0] ?? 0;
      const size = 3 * SIDE * SIDE;
      const rows = Array.from({ length: n }, (_, i) =>
        input?.data.subarray(i * size, i * size + 2),
      );
      return {
        out: { data: Float32Array.from(rows.flatMap((row) => [...(row ?? [])])), shape: [n, 2] },
      };
    },
  } as InferenceSession;
}

describe('embedFace', () => {
  it('adds the embedding of the mirror image, at unit length, with and without a free batch', async () => {
    const mirror = flipHorizontal(picture);
    const sum = [0, 3].map((i) => (picture.data[i] ?? 0) + (mirror.data[i] ?? 0));
    const length = Math.hypot(...sum);
    for (const batch of ['N', 1]) {
      const [one] = await embedFace([fakeSession(batch)], createPyramid(picture), face);
      expect(one?.model.name).toBe('fake');
      expect(one?.vector[0]).toBeCloseTo((sum[0] ?? 0) / length, 1);
      expect(Math.hypot(...(one?.vector ?? []))).toBeCloseTo(1, 6);
    }
  });

  it('refuses to answer with an empty embedding', async () => {
    const black = { ...picture, data: new Uint8Array(picture.data.length) };
    const run = embedFace([fakeSession('N')], createPyramid(black), face);
    await expect(run).rejects.toThrow('The embedding is empty');
  });
});

describe('cosineSimilarity', () => {
  const part = (sha256: string, ...vector: number[]) => ({
    model: { name: sha256, version: '1', sha256 },
    vector: new Float32Array(vector),
  });

  it('is the mean over the models', () => {
    const a: FaceEmbedding = [part('x', 1, 0), part('y', 0, 1)];
    const b: FaceEmbedding = [part('x', 0.6, 0.8), part('y', 0, 1)];
    expect(cosineSimilarity(a, b)).toBeCloseTo(0.8, 6);
  });

  it('is refused between other weights, another order, or more models', () => {
    const a: FaceEmbedding = [part('x', 1, 0), part('y', 0, 1)];
    for (const b of [[part('x', 1, 0), part('z', 0, 1)], [...a].reverse(), [part('x', 1, 0)], []]) {
      expect(() => cosineSimilarity(a, b)).toThrow(
        expect.objectContaining({ code: 'model_mismatch' }),
      );
    }
    expect(() => cosineSimilarity([], [])).toThrow('cannot be compared');
  });
});

describe('readAge', () => {
  it('gives mean and range of the distribution', () => {
    const bins = new Float32Array(100);
    bins[30] = 0.5;
    bins[40] = 0.5;
    expect(readAge(bins)).toEqual({ years: 35, low: 30, high: 40 });
    bins.fill(0).fill(1, 20, 28);
    expect(readAge(bins)).toEqual({ years: 24, low: 20, high: 27 });
  });
});
