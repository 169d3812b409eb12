import type { RgbImage } from '../../core/image.ts';

/** One byte per pixel, row by row. */
export interface GrayImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Rec. 601 luma of gamma-encoded sRGB, 0…255: what viewers and JPEG call brightness. */
export function toLuma({ data, width, height }: RgbImage): GrayImage {
  const out = new Uint8Array(width * height);
  for (let i = 0, p = 0; i < out.length; i++, p += 3) {
    out[i] =
      ((data[p] as number) * 77 +
        (data[p + 1] as number) * 150 +
        (data[p + 2] as number) * 29 +
        128) >>
      8;
  }
  return { data: out, width, height };
}

/** Which pixels to count; same size as the image, 0 = leave out. */
export type Mask = Uint8Array;

export interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly count: number;
}

/** Mean and standard deviation of the pixels under `mask` (all of them without one). */
export function moments({ data }: GrayImage, mask?: Mask): Moments {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (mask && mask[i] === 0) continue;
    const value = data[i] as number;
    sum += value;
    squares += value * value;
    count++;
  }
  if (count === 0) return { mean: 0, deviation: 0, count };
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), count };
}

/**
 * Variance of the 4-neighbour Laplacian (Pech-Pacheco 2000), a measure of focus. Depends on the
 * scale: compare only images of one size. Edge pixels are left out.
 */
export function laplacianVariance({ data, width, height }: GrayImage, mask?: Mask): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      if (mask && mask[i] === 0) continue;
      const value =
        4 * (data[i] as number) -
        (data[i - 1] as number) -
        (data[i + 1] as number) -
        (data[i - width] as number) -
        (data[i + width] as number);
      sum += value;
      squares += value * value;
      count++;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}
