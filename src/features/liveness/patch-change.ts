import type { Point } from '../../core/image.ts';
import { LeastSquares } from './least-squares.ts';
import { bilinear, HEIGHT, WIDTH } from './unwarp.ts';

/** A close-up without its camera's noise, and its slopes: grey levels, and grey levels a pixel. */
export interface Layer {
  readonly luma: Float32Array;
  readonly alongX: Float32Array;
  readonly alongY: Float32Array;
}

export function layerOf(picture: Float32Array): Layer {
  const luma = smoothed(smoothed(picture, 1), WIDTH);
  return { luma, alongX: slope(luma, 1), alongY: slope(luma, WIDTH) };
}

/** Binomial over five pixels along an axis; the outermost stay. */
function smoothed(from: Float32Array, step: number): Float32Array {
  const to = Float32Array.from(from);
  const at = (i: number) => from[i] as number;
  const [left, top] = step === 1 ? [2, 0] : [0, 2];
  for (let y = top; y < HEIGHT - top; y++) {
    for (let i = y * WIDTH + left; i < (y + 1) * WIDTH - left; i++) {
      const near = at(i - step) + at(i + step);
      to[i] = (at(i - 2 * step) + at(i + 2 * step) + 4 * near + 6 * at(i)) / 16;
    }
  }
  return to;
}

function slope(luma: Float32Array, step: number): Float32Array {
  const to = new Float32Array(luma.length);
  for (let i = step; i < luma.length - step; i++) {
    to[i] = ((luma[i + step] as number) - (luma[i - step] as number)) / 2;
  }
  return to;
}

/** A disc of a layer. */
export interface Patch {
  readonly luma: Float64Array;
  readonly alongX: Float64Array;
  readonly alongY: Float64Array;
  readonly mean: number;
  /** Energy about the mean, grey levels squared. */
  readonly contrast: number;
}

/** The pixels of a disc: `x` and `y` on the layer, `u` and `v` as shares of its radius from its centre. */
export interface Disc {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly u: Float64Array;
  readonly v: Float64Array;
}

export function discAt({ x, y }: Point, radius: number): Disc {
  const reach = Math.ceil(radius);
  const side = 2 * reach + 1;
  const offsets = Array.from({ length: side * side }, (_, i) => ({
    dx: (i % side) - reach,
    dy: Math.floor(i / side) - reach,
  })).filter(({ dx, dy }) => dx * dx + dy * dy <= radius * radius);
  return {
    x: Float64Array.from(offsets, ({ dx }) => x + dx),
    y: Float64Array.from(offsets, ({ dy }) => y + dy),
    u: Float64Array.from(offsets, ({ dx }) => dx / radius),
    v: Float64Array.from(offsets, ({ dy }) => dy / radius),
  };
}

export function patchOf(layer: Layer, { x, y }: Disc): Patch {
  const sample = (data: Float32Array) => x.map((at, k) => bilinear(data, at, y[k] as number));
  const luma = sample(layer.luma);
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length;
  const contrast = luma.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { luma, alongX: sample(layer.alongX), alongY: sample(layer.alongY), mean, contrast };
}

/** Steps of Gauss and Newton. */
const ITERATIONS = 3;
/** A step goes no farther, pixels. */
const REACH = 2;

/**
 * What differs between a patch and the same disc of another layer, displaced, stretched and turned to lie best under
 * it (Lucas and Kanade 1981, affine displacement and linear change of light).
 * @returns energy, grey levels squared
 */
export function patchChange(patch: Patch, other: Layer, disc: Disc): number {
  const x = Float64Array.from(disc.x);
  const y = Float64Array.from(disc.y);
  for (let step = 1; step < ITERATIONS; step++) {
    const weights = align(patch, other, disc, x, y).weights();
    if (!weights) break;
    displace(x, disc, weights, 0);
    displace(y, disc, weights, 3);
  }
  return align(patch, other, disc, x, y).unexplained();
}

function align(
  patch: Patch,
  other: Layer,
  { u, v }: Disc,
  x: Float64Array,
  y: Float64Array,
): LeastSquares {
  const system = new LeastSquares(8);
  const row = new Float64Array(8);
  for (let k = 0; k < u.length; k++) {
    const px = x[k] as number;
    const py = y[k] as number;
    const luma = patch.luma[k] as number;
    const gx = ((patch.alongX[k] as number) + bilinear(other.alongX, px, py)) / 2;
    const gy = ((patch.alongY[k] as number) + bilinear(other.alongY, px, py)) / 2;
    row[0] = gx;
    row[1] = gx * (u[k] as number);
    row[2] = gx * (v[k] as number);
    row[3] = gy;
    row[4] = gy * (u[k] as number);
    row[5] = gy * (v[k] as number);
    row[6] = patch.mean - luma;
    row[7] = -1;
    system.add(row, luma - bilinear(other.luma, px, py));
  }
  return system;
}

function displace(
  places: Float64Array,
  { u, v }: Disc,
  weights: readonly number[],
  from: number,
): void {
  const [still = 0, alongU = 0, alongV = 0] = weights.slice(from, from + 3);
  for (let k = 0; k < places.length; k++) {
    const shift = still + alongU * (u[k] as number) + alongV * (v[k] as number);
    places[k] = (places[k] as number) + Math.min(REACH, Math.max(-REACH, shift));
  }
}
