import type { RgbImage } from '../../core/image.ts';

/**
 * An image and its successive half sizes, made when first asked for. Shrinking by bilinear
 * sampling alone skips pixels; sampling the nearest half size instead averages them all.
 */
export interface Pyramid {
  readonly image: RgbImage;
  /** Level 0 is the image; each further level averages 2 × 2 pixels of the one before. */
  level(index: number): RgbImage;
}

export function createPyramid(image: RgbImage): Pyramid {
  const levels: RgbImage[] = [image];
  return {
    image,
    level(index) {
      let top = levels[levels.length - 1] as RgbImage;
      while (levels.length <= index && Math.min(top.width, top.height) > 1) {
        top = halve(top);
        levels.push(top);
      }
      return levels[Math.min(index, levels.length - 1)] as RgbImage;
    },
  };
}

/** Averages 2 × 2 pixels; an odd last row or column is dropped, so that coordinates halve exactly. */
export function halve({ data, width, height }: RgbImage): RgbImage {
  const w = Math.max(1, width >> 1);
  const h = Math.max(1, height >> 1);
  const out = new Uint8Array(w * h * 3);
  const right = width > 1 ? 3 : 0;
  const below = height > 1 ? width * 3 : 0;
  for (let y = 0, o = 0; y < h; y++) {
    let i = y * 2 * width * 3;
    for (let x = 0; x < w; x++, i += 6, o += 3) {
      out[o] = mean(data, i, right, below);
      out[o + 1] = mean(data, i + 1, right, below);
      out[o + 2] = mean(data, i + 2, right, below);
    }
  }
  return { data: out, width: w, height: h };
}

/** Of the value at `i` and those to its right, below and across. */
function mean(data: Uint8Array, i: number, right: number, below: number): number {
  const sum =
    (data[i] as number) +
    (data[i + right] as number) +
    (data[i + below] as number) +
    (data[i + below + right] as number);
  return (sum + 2) >> 2;
}

/** Index of the level to sample for a shrink by `factor` (source pixels per output pixel). */
export function levelFor(factor: number): number {
  const level = Math.round(Math.log2(factor));
  return level > 0 ? Math.min(level, 30) : 0;
}
