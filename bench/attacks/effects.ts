import type { Box, Point, RgbImage } from '../../src/core/image.ts';
import { halve } from '../../src/vision/image/pyramid.ts';
import { resize } from '../../src/vision/image/warp.ts';
import { between, type Rng } from './perform.ts';
import { copyBilinear } from './surface.ts';

/** What paper, screens, cameras and light do to a picture. All of them change it in place unless they say so. */

export function copyImage(image: RgbImage): RgbImage {
  return { ...image, data: Uint8Array.from(image.data) };
}

/** Gain, then gamma, then less colour, then a shift of each channel. */
export function tone(
  { data }: RgbImage,
  { gain = 1, gamma = 1, tint = [0, 0, 0] as readonly number[], saturation = 1 },
): void {
  const curve = Float32Array.from({ length: 256 }, (_, v) => 255 * ((v / 255) * gain) ** gamma);
  const [tr = 0, tg = 0, tb = 0] = tint;
  for (let i = 0; i < data.length; i += 3) {
    const r = curve[data[i] as number] as number;
    const g = curve[data[i + 1] as number] as number;
    const b = curve[data[i + 2] as number] as number;
    const grey = 0.3 * r + 0.59 * g + 0.11 * b;
    data[i] = clamp(grey + (r - grey) * saturation + tr);
    data[i + 1] = clamp(grey + (g - grey) * saturation + tg);
    data[i + 2] = clamp(grey + (b - grey) * saturation + tb);
  }
}

/** Light from one side, and flicker of its strength. */
export function shade({ data, width, height }: RgbImage, angle: number, strength: number): void {
  const [cx, cy] = [Math.cos(angle), Math.sin(angle)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const across = ((x / width - 0.5) * cx + (y / height - 0.5) * cy) * 2;
      const factor = 1 + across * strength;
      const i = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) data[i + c] = clamp((data[i + c] as number) * factor);
    }
  }
}

/** Gaussian noise from a table that is long enough to show no pattern. */
export function makeNoise(rng: Rng): (image: RgbImage, deviation: number) => void {
  const table = Float32Array.from({ length: 65_521 }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - rng()));
    return radius * Math.cos(2 * Math.PI * rng());
  });
  return ({ data }, deviation) => {
    let at = Math.floor(rng() * table.length);
    for (let i = 0; i < data.length; i++) {
      data[i] = clamp((data[i] as number) + (table[at] as number) * deviation);
      at = at + 1 === table.length ? 0 : at + 1;
    }
  };
}

/** A picture of itself out of focus, as a room behind a sheet; a new image. */
export function blurred(image: RgbImage): RgbImage {
  const { width, height } = image;
  return resize(halve(halve(halve(halve(image)))), { width, height });
}

/** The beat between the rasters of a screen and of the camera. */
export interface Moire {
  readonly period: number;
  readonly angle: number;
  readonly strength: number;
}

export function makeMoire(rng: Rng): Moire {
  return {
    period: between(rng, 3, 9),
    angle: between(rng, 0, 3.14),
    strength: between(rng, 5, 14),
  };
}

export function addMoire({ data, width, height }: RgbImage, moire: Moire, phase: number): void {
  const k = (2 * Math.PI) / moire.period;
  const across = waves(width, Math.cos(moire.angle) * k, 0);
  const down = waves(height, Math.sin(moire.angle) * k, phase);
  const lines = waves(width, k * 0.93, -phase);
  for (let y = 0; y < height; y++) {
    const [sy, cy] = [down.sin[y] as number, down.cos[y] as number];
    for (let x = 0; x < width; x++) {
      const beat = (across.sin[x] as number) * cy + (across.cos[x] as number) * sy;
      const wave = (beat + 0.6 * (lines.sin[x] as number)) * moire.strength;
      const i = (y * width + x) * 3;
      data[i] = clamp((data[i] as number) + wave);
      data[i + 1] = clamp((data[i + 1] as number) + wave * 0.7);
      data[i + 2] = clamp((data[i + 2] as number) - wave * 0.8);
    }
  }
}

function waves(length: number, k: number, phase: number) {
  const at = (f: (value: number) => number) =>
    Float32Array.from({ length }, (_, i) => f(k * i + phase));
  return { sin: at(Math.sin), cos: at(Math.cos) };
}

/** A dark frame along the edge of a picture. */
export function addBezel({ data, width, height }: RgbImage, thickness: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = Math.min(x, y, width - 1 - x, height - 1 - y);
      if (edge >= thickness) continue;
      data.fill(edge < 2 ? 70 : 12, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
}

const EYES = [
  { corners: [33, 133], lids: [159, 145] },
  { corners: [362, 263], lids: [386, 374] },
] as const;

/** Living eyes behind the holes of a mask. */
export function openEyes(
  mask: RgbImage,
  maskPoints: Float32Array,
  live: RgbImage,
  livePoints: Float32Array,
): void {
  for (const { corners } of EYES) {
    const [a, b] = corners.map((i) => pointAt(maskPoints, i)) as [Point, Point];
    const [p, q] = corners.map((i) => pointAt(livePoints, i)) as [Point, Point];
    paintHole(mask, live, [a, b], [p, q]);
  }
}

function paintHole(
  mask: RgbImage,
  live: RgbImage,
  [a, b]: readonly [Point, Point],
  [p, q]: readonly [Point, Point],
): void {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  const [ux, uy] = [(b.x - a.x) / length, (b.y - a.y) / length];
  const [mx, my] = [(a.x + b.x) / 2, (a.y + b.y) / 2];
  const [vx, vy] = [(q.x - p.x) / length, (q.y - p.y) / length];
  for (let y = Math.floor(my - length * 0.5); y < my + length * 0.5; y++) {
    for (let x = Math.floor(mx - length); x < mx + length; x++) {
      const along = (x - mx) * ux + (y - my) * uy;
      const across = (y - my) * ux - (x - mx) * uy;
      if ((along / (length * 0.62)) ** 2 + (across / (length * 0.34)) ** 2 > 1) continue;
      if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) continue;
      const sx = (p.x + q.x) / 2 + along * vx - across * vy;
      const sy = (p.y + q.y) / 2 + along * vy + across * vx;
      copyBilinear(live, sx, sy, mask.data, (y * mask.width + x) * 3);
    }
  }
}

/** Spectacles with dark rims that sit on the nose. */
export function addGlasses(image: RgbImage, points: Float32Array): void {
  for (const { corners } of EYES) {
    const [a, b] = corners.map((i) => pointAt(points, i)) as [Point, Point];
    const radius = Math.hypot(b.x - a.x, b.y - a.y) * 0.78;
    ring(image, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, radius, Math.max(2, radius * 0.1));
  }
  const [left, right] = [pointAt(points, 133), pointAt(points, 362)];
  for (let t = 0.2; t <= 0.8; t += 0.02) {
    const x = left.x + (right.x - left.x) * t;
    const y = left.y + (right.y - left.y) * t;
    ring(image, { x, y }, 1, 2);
  }
}

function ring(
  { data, width, height }: RgbImage,
  centre: Point,
  radius: number,
  thickness: number,
): void {
  const reach = radius + thickness;
  for (let y = Math.floor(centre.y - reach); y <= centre.y + reach; y++) {
    for (let x = Math.floor(centre.x - reach); x <= centre.x + reach; x++) {
      const off = Math.abs(Math.hypot(x - centre.x, (y - centre.y) * 1.15) - radius);
      if (off > thickness / 2 || x < 0 || y < 0 || x >= width || y >= height) continue;
      data.fill(35, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
}

/** Puts the face of `victim` onto the one of `target`, point by point of their meshes, its colour matched. */
export function swapFace(
  target: RgbImage,
  targetPoints: Float32Array,
  victim: RgbImage,
  victimPoints: Float32Array,
): void {
  const box = ovalBox(targetPoints);
  const shift = colourShift(target, targetPoints, victim, victimPoints);
  const step = 8;
  const columns = Math.ceil(box.width / step) + 1;
  const map = mapNodes(box, step, columns, targetPoints, victimPoints);
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  const pixel = new Uint8Array(3);
  for (
    let y = Math.max(0, Math.floor(box.y));
    y < Math.min(target.height, box.y + box.height);
    y++
  ) {
    for (
      let x = Math.max(0, Math.floor(box.x));
      x < Math.min(target.width, box.x + box.width);
      x++
    ) {
      const away = Math.hypot((x - cx) / (box.width / 2), (y - cy) / (box.height / 2));
      const share = Math.min(1, Math.max(0, (1 - away) / 0.18));
      if (share === 0) continue;
      const { sx, sy } = interpolate(map, columns, (x - box.x) / step, (y - box.y) / step);
      copyBilinear(victim, sx, sy, pixel, 0);
      const i = (y * target.width + x) * 3;
      for (let c = 0; c < 3; c++) {
        const value = (pixel[c] as number) + (shift[c] as number);
        target.data[i + c] = clamp((target.data[i + c] as number) * (1 - share) + value * share);
      }
    }
  }
}

function ovalBox(points: Float32Array): Box {
  const [left, right, top, bottom] = [234, 454, 10, 152].map((i) => pointAt(points, i)) as [
    Point,
    Point,
    Point,
    Point,
  ];
  return { x: left.x, y: top.y, width: right.x - left.x, height: bottom.y - top.y };
}

function mapNodes(
  box: Box,
  step: number,
  columns: number,
  from: Float32Array,
  to: Float32Array,
): Float32Array {
  const rows = Math.ceil(box.height / step) + 1;
  const map = new Float32Array(columns * rows * 2);
  for (let n = 0; n < columns * rows; n++) {
    const x = box.x + (n % columns) * step;
    const y = box.y + Math.floor(n / columns) * step;
    let [sum, sx, sy] = [0, 0, 0];
    for (let i = 0; i < from.length; i += 3) {
      const dx = (from[i] as number) - x;
      const dy = (from[i + 1] as number) - y;
      const weight = 1 / (dx * dx + dy * dy + 4) ** 2;
      sum += weight;
      sx += weight * ((to[i] as number) - (from[i] as number));
      sy += weight * ((to[i + 1] as number) - (from[i + 1] as number));
    }
    map[n * 2] = x + sx / sum;
    map[n * 2 + 1] = y + sy / sum;
  }
  return map;
}

function interpolate(map: Float32Array, columns: number, u: number, v: number) {
  const [i, j] = [Math.floor(u), Math.floor(v)];
  const [fu, fv] = [u - i, v - j];
  const at = (k: number) => map[k] ?? 0;
  const mix = (c: number) => {
    const n = (j * columns + i) * 2 + c;
    const top = at(n) * (1 - fu) + at(n + 2) * fu;
    const low = at(n + columns * 2) * (1 - fu) + at(n + columns * 2 + 2) * fu;
    return top * (1 - fv) + low * fv;
  };
  return { sx: mix(0) - 0.5, sy: mix(1) - 0.5 };
}

function colourShift(
  target: RgbImage,
  targetPoints: Float32Array,
  victim: RgbImage,
  victimPoints: Float32Array,
): number[] {
  const a = cheekColour(target, targetPoints);
  const b = cheekColour(victim, victimPoints);
  return a.map((value, c) => value - (b[c] as number));
}

function cheekColour(image: RgbImage, points: Float32Array): number[] {
  const places = [50, 280, 6, 205, 425].map((i) => pointAt(points, i));
  const pixel = new Uint8Array(3);
  const sums = [0, 0, 0];
  for (const { x, y } of places) {
    copyBilinear(image, x, y, pixel, 0);
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] as number) + (pixel[c] as number);
  }
  return sums.map((sum) => sum / places.length);
}

export function pointAt(points: Float32Array, i: number): Point {
  return { x: points[i * 3] as number, y: points[i * 3 + 1] as number };
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}
