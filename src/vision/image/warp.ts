import type { Box, RgbImage } from '../../core/image.ts';
import { createPyramid, levelFor, type Pyramid } from './pyramid.ts';
import { type Affine, type Homography, scaleOf } from './transform.ts';

/**
 * What lies beyond the edges: black (dlib's chips), the nearest edge pixel, or the picture mirrored
 * without repeating the edge pixel (OpenCV's reflect-101).
 */
export type Border = 'black' | 'edge' | 'reflect';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Cuts `size` out of `source`; `toSource` takes output coordinates to source coordinates.
 * Bilinear, from the half size of the pyramid that fits the scale. Pass a pyramid when several
 * crops are taken from one image.
 */
export function warpAffine(
  source: RgbImage | Pyramid,
  toSource: Affine,
  size: Size,
  border: Border = 'black',
): RgbImage {
  const level = levelFor(scaleOf(toSource));
  const image = levelOf(source, level);
  const shrink = 1 / 2 ** level;
  const [a, b, c, d, e, f] = toSource.map((value) => value * shrink) as unknown as Affine;
  if (b === 0 && d === 0) return warpUpright(image, [a, c, e, f], size, border);
  const out = new Uint8Array(size.width * size.height * 3);
  for (let row = 0, o = 0; row < size.height; row++) {
    // Half a pixel in (output centre) and half a pixel out (array index of a source pixel).
    let x = a * 0.5 + b * (row + 0.5) + c - 0.5;
    let y = d * 0.5 + e * (row + 0.5) + f - 0.5;
    for (let column = 0; column < size.width; column++, o += 3, x += a, y += d) {
      sample(image, x, y, border, out, o);
    }
  }
  return { data: out, ...size };
}

/** Neither turned nor sheared: what a column needs is the same in every row, which saves a third of the time. */
function warpUpright(
  image: RgbImage,
  [a, c, e, f]: readonly [a: number, c: number, e: number, f: number],
  size: Size,
  border: Border,
): RgbImage {
  const { data, width, height } = image;
  const xs = new Float64Array(size.width);
  for (let column = 0, x = a * 0.5 + c - 0.5; column < size.width; column++, x += a) xs[column] = x;
  const isInside = (x: number) => x >= 0 && x < width - 1;
  const first = xs.findIndex(isInside);
  const last = xs.findLastIndex(isInside);
  const out = new Uint8Array(size.width * size.height * 3);
  for (let row = 0, o = 0; row < size.height; row++) {
    const y = e * (row + 0.5) + f - 0.5;
    const line = y >= 0 && y < height - 1 ? (y | 0) * width : -1;
    const fy = y - (y | 0);
    for (let column = 0; column < size.width; column++, o += 3) {
      const x = xs[column] as number;
      if (line < 0 || column < first || column > last) {
        sampleAtEdge(image, x, y, border, out, o);
        continue;
      }
      blend(data, (line + (x | 0)) * 3, width * 3, x - (x | 0), fy, out, o);
    }
  }
  return { data: out, ...size };
}

/** As `warpAffine`, for a plane seen at an angle; the half size is chosen by the scale at the centre. */
export function warpPerspective(
  source: RgbImage | Pyramid,
  toSource: Homography,
  size: Size,
  border: Border = 'black',
): RgbImage {
  const level = levelFor(perspectiveScale(toSource, size.width / 2, size.height / 2));
  const image = levelOf(source, level);
  const shrink = 1 / 2 ** level;
  const h = toSource;
  const out = new Uint8Array(size.width * size.height * 3);
  for (let row = 0, o = 0; row < size.height; row++) {
    const v = row + 0.5;
    for (let column = 0; column < size.width; column++, o += 3) {
      const u = column + 0.5;
      const w = shrink / (h[6] * u + h[7] * v + h[8]);
      const x = (h[0] * u + h[1] * v + h[2]) * w - 0.5;
      const y = (h[3] * u + h[4] * v + h[5]) * w - 0.5;
      sample(image, x, y, border, out, o);
    }
  }
  return { data: out, ...size };
}

/** The part of `source` under `box` as an image of `size`; beyond the edges as `border` says. */
export function cropResize(
  source: RgbImage | Pyramid,
  box: Box,
  size: Size,
  border: Border = 'black',
): RgbImage {
  const toSource: Affine = [box.width / size.width, 0, box.x, 0, box.height / size.height, box.y];
  return warpAffine(source, toSource, size, border);
}

/** The whole image at another size; averages when it shrinks. */
export function resize(source: RgbImage | Pyramid, size: Size): RgbImage {
  const { width, height } = 'level' in source ? source.image : source;
  return cropResize(source, { x: 0, y: 0, width, height }, size, 'edge');
}

/** Mirrored left to right. */
export function flipHorizontal({ data, width, height }: RgbImage): RgbImage {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    let o = y * width * 3;
    for (let x = width - 1; x >= 0; x--, o += 3) {
      const i = (y * width + x) * 3;
      out[o] = data[i] as number;
      out[o + 1] = data[i + 1] as number;
      out[o + 2] = data[i + 2] as number;
    }
  }
  return { data: out, width, height };
}

/** Turned clockwise by 90, 180 or 270 degrees; pixels are moved, never resampled. */
export function rotateQuarters({ data, width, height }: RgbImage, quarters: 1 | 2 | 3): RgbImage {
  // Output pixel of the first input pixel, and the steps per input column and row.
  const [start, perColumn, perRow] = (
    [
      [height - 1, height, -1],
      [width * height - 1, -1, -width],
      [(width - 1) * height, -height, 1],
    ] as const
  )[quarters - 1] as readonly [number, number, number];
  const out = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    let o = (start + y * perRow) * 3;
    for (let x = 0; x < width; x++, i += 3, o += perColumn * 3) {
      out[o] = data[i] as number;
      out[o + 1] = data[i + 1] as number;
      out[o + 2] = data[i + 2] as number;
    }
  }
  const turned = quarters !== 2;
  return { data: out, width: turned ? height : width, height: turned ? width : height };
}

function levelOf(source: RgbImage | Pyramid, level: number): RgbImage {
  if ('level' in source) return source.level(level);
  return level === 0 ? source : createPyramid(source).level(level);
}

/** Root of the Jacobian determinant at (u, v). */
function perspectiveScale(h: Homography, u: number, v: number): number {
  const w = h[6] * u + h[7] * v + h[8];
  const x = (h[0] * u + h[1] * v + h[2]) / w;
  const y = (h[3] * u + h[4] * v + h[5]) / w;
  const det = (h[0] - x * h[6]) * (h[4] - y * h[7]) - (h[1] - x * h[7]) * (h[3] - y * h[6]);
  return Math.sqrt(Math.abs(det)) / Math.abs(w);
}

/** Bilinear sample at array coordinates (x, y) into `out[o…o+2]`; the inner loop of everything, hence written out. */
function sample(
  image: RgbImage,
  x: number,
  y: number,
  border: Border,
  out: Uint8Array,
  o: number,
): void {
  const { data, width, height } = image;
  // Truncation is the floor here: negative coordinates are the edge's business.
  const x0 = x | 0;
  const y0 = y | 0;
  if (!(x >= 0 && y >= 0 && x < width - 1 && y < height - 1)) {
    sampleAtEdge(image, x, y, border, out, o);
    return;
  }
  blend(data, (y0 * width + x0) * 3, width * 3, x - x0, y - y0, out, o);
}

/** The pixel at `i`, those to its right and below it, by the shares `fx` and `fy`. */
function blend(
  data: Uint8Array,
  i: number,
  stride: number,
  fx: number,
  fy: number,
  out: Uint8Array,
  o: number,
): void {
  const j = i + stride;
  const d = fx * fy;
  const c = fy - d;
  const b = fx - d;
  const a = 1 - fx - c;
  out[o] = a * at(data, i) + b * at(data, i + 3) + c * at(data, j) + d * at(data, j + 3) + 0.5;
  out[o + 1] =
    a * at(data, i + 1) + b * at(data, i + 4) + c * at(data, j + 1) + d * at(data, j + 4) + 0.5;
  out[o + 2] =
    a * at(data, i + 2) + b * at(data, i + 5) + c * at(data, j + 2) + d * at(data, j + 5) + 0.5;
}

/** An index known to be inside. */
function at(data: Uint8Array, index: number): number {
  return data[index] as number;
}

function sampleAtEdge(
  { data, width, height }: RgbImage,
  x: number,
  y: number,
  border: Border,
  out: Uint8Array,
  o: number,
): void {
  // A wild transform (a corner behind the camera) must not reach the array with NaN or ±∞.
  if (!(Math.abs(x) < 1e7 && Math.abs(y) < 1e7)) return;
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const fx = x - x0;
  const fy = y - y0;
  for (let c = 0; c < 3; c++) {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      const px = edgeIndex(x0 + (k & 1), width, border);
      const py = edgeIndex(y0 + (k >> 1), height, border);
      if (px < 0 || py < 0) continue;
      const weight = (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
      sum += weight * (data[(py * width + px) * 3 + c] as number);
    }
    out[o + c] = sum + 0.5;
  }
}

/** Where a pixel beyond the edge is taken from; −1 for black. */
function edgeIndex(index: number, length: number, border: Border): number {
  if (index >= 0 && index < length) return index;
  if (border === 'black') return -1;
  if (border === 'edge' || length === 1) return index < 0 ? 0 : length - 1;
  const period = 2 * (length - 1);
  const folded = ((index % period) + period) % period;
  return folded < length ? folded : period - folded;
}
