import { type GrayImage, toLuma } from './luma.ts';
import type { Pyramid } from './pyramid.ts';
import type { Affine } from './transform.ts';

/** A grey picture and its successive half sizes, each made when first asked for; none is below 32 pixels. */
export interface GrayLevels {
  readonly width: number;
  readonly height: number;
  /** Index of the smallest level. */
  readonly last: number;
  /** Level n averages 2ⁿ × 2ⁿ pixels. */
  level(index: number): GrayImage;
}

export function grayLevels(image: GrayImage): GrayLevels {
  const levels = [image];
  const make = (index: number): GrayImage => {
    levels[index] ??= halve(make(index - 1));
    return levels[index];
  };
  return limited(image, make);
}

/** The grey levels of a picture whose half sizes are there already, or will be needed. */
export function grayLevelsOf(picture: Pyramid): GrayLevels {
  const levels: GrayImage[] = [];
  return limited(picture.image, (index) => {
    levels[index] ??= toLuma(picture.level(index));
    return levels[index];
  });
}

function limited(
  { width, height }: { readonly width: number; readonly height: number },
  make: (index: number) => GrayImage,
): GrayLevels {
  const last = Math.max(0, Math.floor(Math.log2(Math.min(width, height) / 32)));
  return { width, height, last, level: make };
}

export function halve({ data, width, height }: GrayImage): GrayImage {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Uint8Array(w * h);
  for (let y = 0, o = 0; y < h; y++) {
    let i = 2 * y * width;
    for (let x = 0; x < w; x++, i += 2, o++) {
      const sum =
        (data[i] as number) +
        (data[i + 1] as number) +
        (data[i + width] as number) +
        (data[i + width + 1] as number);
      out[o] = (sum + 2) >> 2;
    }
  }
  return { data: out, width: w, height: h };
}

/**
 * Cuts width × height pixels out; `toSource` takes output to source coordinates (pixel centres at ½).
 * Bilinear from the level that is at most twice too fine, with 2 × 2 samples where it is finer. Edge pixels repeat.
 */
export function warpGray(
  levels: GrayLevels,
  toSource: Affine,
  width: number,
  height: number,
): Float32Array {
  const scale = Math.hypot(toSource[0], toSource[3]);
  const level = Math.max(0, Math.min(levels.last, Math.floor(Math.log2(scale))));
  const image = levels.level(level);
  const shrink = 2 ** -level;
  const [a, b, c, d, e, f] = toSource.map((value) => value * shrink) as unknown as Affine;
  const offsets = scale * shrink > 1.2 ? [0.25, 0.75] : [0.5];
  const out = new Float32Array(width * height);
  for (let row = 0, o = 0; row < height; row++) {
    for (let column = 0; column < width; column++, o++) {
      let sum = 0;
      for (const dv of offsets) {
        for (const du of offsets) {
          const u = column + du;
          const v = row + dv;
          sum += sampleGray(image, a * u + b * v + c - 0.5, d * u + e * v + f - 0.5);
        }
      }
      out[o] = sum / offsets.length ** 2;
    }
  }
  return out;
}

/** Bilinear at array coordinates; edge pixels repeat. */
export function sampleGray({ data, width, height }: GrayImage, x: number, y: number): number {
  const cx = Math.max(0, Math.min(width - 1, x));
  const cy = Math.max(0, Math.min(height - 1, y));
  const x0 = Math.min(width - 2, Math.floor(cx));
  const y0 = Math.min(height - 2, Math.floor(cy));
  const fx = cx - x0;
  const fy = cy - y0;
  const i = y0 * width + x0;
  const p = data[i] as number;
  const q = data[i + width] as number;
  const top = p + ((data[i + 1] as number) - p) * fx;
  const bottom = q + ((data[i + width + 1] as number) - q) * fx;
  return top + (bottom - top) * fy;
}

/** The whole picture at another size: bilinear from the level that is at most twice too fine. */
export function resizeGray(levels: GrayLevels, width: number, height: number): GrayImage {
  const ratio = levels.width / width;
  const level = Math.max(0, Math.min(levels.last, Math.floor(Math.log2(ratio))));
  const { data, width: w, height: h } = levels.level(level);
  const columns = interpolation(w, width);
  const rows = interpolation(h, height);
  const out = new Uint8Array(width * height);
  for (let y = 0, o = 0; y < height; y++) {
    const top = (rows.index[y] as number) * w;
    const fy = rows.share[y] as number;
    for (let x = 0; x < width; x++, o++) {
      const i = top + (columns.index[x] as number);
      const fx = columns.share[x] as number;
      const p = data[i] as number;
      const q = data[i + w] as number;
      const above = p + ((data[i + 1] as number) - p) * fx;
      const below = q + ((data[i + w + 1] as number) - q) * fx;
      out[o] = above + (below - above) * fy + 0.5;
    }
  }
  return { data: out, width, height };
}

/** For each output pixel the input pixel before it and the share of the one behind. */
function interpolation(from: number, to: number) {
  const index = new Int32Array(to);
  const share = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const place = Math.max(0, Math.min(from - 1, ((i + 0.5) * from) / to - 0.5));
    index[i] = Math.min(from - 2, Math.floor(place));
    share[i] = place - (index[i] as number);
  }
  return { index, share };
}
