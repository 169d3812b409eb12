import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import type { RgbImage } from '../../core/image.ts';
import { createPyramid } from '../image/pyramid.ts';
import { rasterPeak } from './raster-peak.ts';
import { frameAround } from './straight-frame.ts';

/** Traces that a filmed screen or print leaves: the beat of two rasters, and its edges. */
function paint(width: number, height: number, at: (x: number, y: number) => number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    data.fill(at(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  }
  return { data, width, height };
}

const rng = seeded(5);
const noise = Float32Array.from({ length: 300 * 300 }, () => (rng() - 0.5) * 16);
/** Soft light and shade, and the noise of a camera. */
const skin = (x: number, y: number) =>
  130 + 40 * Math.sin(x / 37) * Math.cos(y / 29) + (noise[y * 300 + x] ?? 0);

describe('a raster', () => {
  it.each([
    [3, 0.6],
    [6.5, 1.1],
    [9, 2.2],
  ])('of %s pixels and at angle %s stands out of noise', (period, angle) => {
    const k = (2 * Math.PI) / period;
    const wave = (x: number, y: number) =>
      6 * Math.sin(k * (x * Math.cos(angle) + y * Math.sin(angle)));
    const image = paint(300, 300, (x, y) => skin(x, y) + wave(x, y));
    expect(rasterPeak(image, 150, 150)).toBeGreaterThan(15);
  });

  it('is not seen where there is none, nor in the blocks of a codec', () => {
    expect(rasterPeak(paint(300, 300, skin), 150, 150)).toBeLessThan(12);
    const blocks = paint(300, 300, (x, y) => skin(x, y) + (x % 8 === 0 || y % 8 === 0 ? 8 : 0));
    expect(rasterPeak(blocks, 150, 150)).toBeLessThan(13);
  });

  it('cannot be looked for in a tiny picture', () => {
    expect(rasterPeak(paint(100, 100, skin), 50, 50)).toBeNaN();
  });
});

describe('a frame around the face', () => {
  const face = { x: 110, y: 100, width: 80, height: 100 };
  const around = (at: (x: number, y: number) => number) =>
    frameAround(createPyramid(paint(300, 300, at)), face);

  it('is seen when a sheet or a screen is held up, also askew', () => {
    const sheet = (x: number, y: number) => {
      const [u, v] = [x - 150 + (y - 150) * 0.15, y - 150 - (x - 150) * 0.15];
      return Math.max(Math.abs(u), Math.abs(v)) < 120 ? 180 : 60;
    };
    expect(around(sheet)).toBeGreaterThan(0.75);
  });

  it('is not seen in a room with one door post, nor in an even one', () => {
    expect(around((x, y) => skin(x, y) + (x < 60 ? 50 : 0))).toBeLessThan(0.6);
    expect(around(skin)).toBeLessThan(0.6);
  });
});
