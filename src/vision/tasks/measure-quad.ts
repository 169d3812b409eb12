import type { Point, RgbImage } from '../../core/image.ts';
import type { Pyramid } from '../image/pyramid.ts';
import { sampleColour } from '../image/sample-colour.ts';
import type { Quad } from '../image/transform.ts';

/** What is seen along the sides of an outline, each about 0…1. */
export interface QuadFacts {
  /**
   * Length of the mean step of colour across short parts of the sides: print and grain cancel in a part, and from
   * part to part the ground may change. Mean of the sides, and the side that has least.
   */
  readonly partly: number;
  readonly leastPartly: number;
  /** Step from a band outside to one inside. */
  readonly wideStep: number;
  /** Share of a side that is edge: mean, and of the side that has least. */
  readonly support: number;
  readonly leastSupport: number;
  /** Evenness on the continuations of the sides: mean, and the largest. */
  readonly beyond: number;
  readonly farthestBeyond: number;
  /** Root of the share of the picture. */
  readonly size: number;
  /** Logarithm by which the sides' ratio differs from a document's. */
  readonly aspect: number;
  /** Largest cosine at a corner. */
  readonly slant: number;
}

/** Longer side of the picture in which outlines are compared. */
const workSize = 640;
/** Steps of colour count up to here, next to the line and some pixels to each side of it. */
const mostStep = 12;
const mostWideStep = 20;
/** Share of a side by which it is continued beyond its corners. */
const beyond = 0.14;
const usualAspects = [85.6 / 53.98, 105 / 74] as const;

/** `aspect`: longer by shorter side, where it is known. */
export function measureQuad(picture: Pyramid, corners: Quad, aspect?: number): QuadFacts {
  const { image, quad } = workView(picture, corners);
  const sides = quad.map((from, i) => measureSide(image, from, quad[(i + 1) % 4] as Point, 6));
  const continued = quad.flatMap((from, i) =>
    continuationsOf(image, from, quad[(i + 1) % 4] as Point),
  );
  const partly = sides.map((side) => side.partly);
  const support = sides.map((side) => side.support);
  return {
    partly: mean(partly),
    leastPartly: Math.min(...partly),
    wideStep: mean(sides.map(({ wideStep }) => wideStep)),
    support: mean(support),
    leastSupport: Math.min(...support),
    beyond: mean(continued),
    farthestBeyond: Math.max(...continued),
    size: Math.sqrt(areaOf(quad) / (image.width * image.height)),
    aspect: aspectError(quad, aspect ? [aspect] : usualAspects),
    slant: slantOf(quad),
  };
}

/** Points of a grid over an outline, its margins left out, and the step across three pixels that is print there. */
const gridSide = 12;
const leastPrint = 14;

/** Share of a document that is print or picture, 0…1; near 0 for a blank sheet. */
export function printIn(picture: Pyramid, corners: Quad): number {
  const { image, quad } = workView(picture, corners);
  const [a, b, c, d] = quad;
  const step = new Float64Array(6);
  let count = 0;
  for (let i = 0; i < gridSide ** 2; i++) {
    const s = 0.1 + (0.8 * (i % gridSide)) / (gridSide - 1);
    const t = 0.1 + (0.8 * Math.floor(i / gridSide)) / (gridSide - 1);
    const x = (1 - t) * ((1 - s) * a.x + s * b.x) + t * ((1 - s) * d.x + s * c.x);
    const y = (1 - t) * ((1 - s) * a.y + s * b.y) + t * ((1 - s) * d.y + s * c.y);
    const change = [
      { x: 1, y: 0 },
      { x: 0, y: 1 },
    ].map((direction) => {
      stepAt(image, { x, y }, direction, 0, 1.5, step);
      return lengthOf(step, 0);
    });
    if (Math.max(...change) > leastPrint) count++;
  }
  return count / gridSide ** 2;
}

/** The outline in a half size of the picture in which a pixel of noise says little. */
function workView(picture: Pyramid, corners: Quad) {
  const longest = Math.max(picture.image.width, picture.image.height);
  const level = Math.max(0, Math.round(Math.log2(longest / workSize)));
  const quad = corners.map(({ x, y }) => ({
    x: x * 2 ** -level,
    y: y * 2 ** -level,
  })) as unknown as Quad;
  return { image: picture.level(level), quad };
}

/** Evenness beyond both ends of a side. */
function continuationsOf(image: RgbImage, from: Point, to: Point): readonly number[] {
  const at = (t: number) => ({ x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) });
  return [
    [at(-beyond), at(-0.015)],
    [at(1.015), at(1 + beyond)],
  ].map(([a, b]) => measureSide(image, a as Point, b as Point, 1.5, 0).evenness);
}

/** Distances from the line of the colours compared beside it: narrow steps around three places, and one wide step. */
const narrow = { reach: 1.2, places: [-1, 0, 1] } as const;
const wideReach = 4;
const leastEdge = 3;
const samplesOfPart = 8;

/** Each 0…1: length of the mean step across the line and across a band, share of the line that is edge. */
function measureSide(image: RgbImage, from: Point, to: Point, parts: number, margin = 0.07) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const normal = { x: -(to.y - from.y) / length, y: (to.x - from.x) / length };
  const step = new Float64Array(6);
  const sums = new Float64Array(6);
  const part = new Float64Array(3);
  const samples = parts * samplesOfPart;
  let [edges, partly] = [0, 0];
  for (let i = 0; i < samples; i++) {
    const t = margin + ((1 - 2 * margin) * (i + 0.5)) / samples;
    const at = { x: from.x + t * (to.x - from.x), y: from.y + t * (to.y - from.y) };
    if (largestStep(image, at, normal, step) > leastEdge) edges++;
    addLimited(sums, 0, step, mostStep);
    addLimited(part, 0, step, mostStep);
    if (i % samplesOfPart === samplesOfPart - 1) {
      partly += lengthOf(part, 0);
      part.fill(0);
    }
    stepAt(image, at, normal, 0, wideReach, step);
    addLimited(sums, 3, step, mostWideStep);
  }
  return {
    evenness: lengthOf(sums, 0) / samples / mostStep,
    partly: partly / samples / mostStep,
    wideStep: lengthOf(sums, 3) / samples / mostWideStep,
    support: edges / samples,
  };
}

/** The longest of the narrow steps, as `step`; answers its length. */
function largestStep(image: RgbImage, at: Point, normal: Point, step: Float64Array): number {
  let best = -1;
  let [r, g, b] = [0, 0, 0];
  for (const d of narrow.places) {
    stepAt(image, at, normal, d, narrow.reach, step);
    const size = lengthOf(step, 0);
    if (size > best)
      [best, r, g, b] = [size, step[0] as number, step[1] as number, step[2] as number];
  }
  step[0] = r;
  step[1] = g;
  step[2] = b;
  return best;
}

/** Colour at `d + reach` along the normal less that at `d − reach`. */
function stepAt(
  image: RgbImage,
  { x, y }: Point,
  n: Point,
  d: number,
  reach: number,
  out: Float64Array,
) {
  sampleColour(image, x + (d + reach) * n.x, y + (d + reach) * n.y, out, 0);
  sampleColour(image, x + (d - reach) * n.x, y + (d - reach) * n.y, out, 3);
  for (let c = 0; c < 3; c++) out[c] = (out[c] as number) - (out[c + 3] as number);
}

function addLimited(sums: Float64Array, o: number, step: Float64Array, most: number): void {
  const factor = Math.min(1, most / (lengthOf(step, 0) || 1));
  for (let c = 0; c < 3; c++) sums[o + c] = (sums[o + c] as number) + (step[c] as number) * factor;
}

function lengthOf(vector: Float64Array, o: number): number {
  const [a, b, c] = [vector[o] as number, vector[o + 1] as number, vector[o + 2] as number];
  return Math.sqrt(a * a + b * b + c * c);
}

function slantOf(corners: Quad): number {
  const cosines = corners.map((corner, i) => {
    const [before, after] = [corners[(i + 3) % 4] as Point, corners[(i + 1) % 4] as Point];
    const [ax, ay] = [before.x - corner.x, before.y - corner.y];
    const [bx, by] = [after.x - corner.x, after.y - corner.y];
    return Math.abs(ax * bx + ay * by) / Math.max(1, Math.hypot(ax, ay) * Math.hypot(bx, by));
  });
  return Math.max(...cosines);
}

/** Opposite sides taken together, against the nearest of the aspects; as a logarithm. */
function aspectError([a, b, c, d]: Quad, aspects: readonly number[]): number {
  const length = (p: Point, q: Point) => Math.hypot(p.x - q.x, p.y - q.y);
  const ratio = Math.abs(Math.log((length(a, b) + length(c, d)) / (length(b, c) + length(d, a))));
  return Math.min(...aspects.map((aspect) => Math.abs(ratio - Math.log(aspect))));
}

function areaOf(corners: Quad): number {
  const doubled = corners.reduce((sum, { x, y }, i) => {
    const next = corners[(i + 1) % 4] as Point;
    return sum + (x * next.y - next.x * y);
  }, 0);
  return Math.abs(doubled) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
